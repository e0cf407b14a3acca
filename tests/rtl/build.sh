#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Verilates FOLDER/TOP.sv with the modules in RTL and builds FOLDER/obj/TOP_bench with TOP_bench.cpp beside this script.
# -O0: most of the time goes into compiling, not into running. usage: build.sh FOLDER TOP RTL
set -euo pipefail
folder=$1 top=$2 rtl=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if command -v ccache > /dev/null; then export OBJCACHE=ccache; fi
verilator --cc --exe --build -O3 --unroll-count 1024 --output-split 20000 -Wno-fatal -Wno-lint \
  -CFLAGS "-std=c++20 -O0 -I$here -I$folder" -y "$rtl" --Mdir "$folder/obj" --top-module "$top" \
  -o "${top}_bench" "$folder/$top.sv" "$here/${top}_bench.cpp" > "$folder/build.log" 2>&1 ||
  { tail -30 "$folder/build.log"; exit 1; }
