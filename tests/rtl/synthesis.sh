#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every digital module of a folder through yosys synth, each with the parameters that stand in its file; prints the
# number of cells. Models of macros stay black boxes: arrays of cells, converters; the global buffer is left out.
# usage: synthesis.sh FOLDER
set -euo pipefail
command -v yosys > /dev/null || { echo "yosys is not installed"; exit 77; }
files=()
macros=()
for file in "$1"/*.sv; do
  case $(basename "$file" .sv) in
    ohmic_crossbar | ohmic_adc) macros+=("$file") ;;
    ohmic_global_buffer) ;;
    *) files+=("$file") ;;
  esac
done
for file in "${files[@]}"; do
  name=$(basename "$file" .sv)
  # The whole tile is its parts: elaborated and checked, its arithmetic left as cells of words.
  steps=""
  [[ $name == *_tile_* && $name != *_sequencer || $name == *_array_digital || $name == *_array_analog ]] && steps="-run begin:fine"
  cells=$(yosys -p "read_verilog -sv -lib ${macros[*]}; read_verilog -sv ${files[*]}; synth -top $name -noabc $steps; check -assert; stat" |
          tee synthesis.log | awk '/Number of cells:/ {n = $4} END {print n}') || { tail -5 synthesis.log; exit 1; }
  printf '%-28s %8d cells\n' "$name" "$cells"
done
