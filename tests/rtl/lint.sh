#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every module of a folder under verilator --lint-only -Wall. usage: lint.sh FOLDER
set -euo pipefail
command -v verilator > /dev/null || { echo "verilator is not installed"; exit 77; }
for file in "$1"/*.sv; do
  name=$(basename "$file" .sv)
  verilator --lint-only -Wall --unroll-count 1024 -y "$1" --top-module "$name" "$file"
done
echo "$(find "$1" -name '*.sv' | wc -l) modules without a warning"
