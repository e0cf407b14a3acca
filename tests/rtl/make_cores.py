#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random cores for cores_bench.cpp: a wrapper with all of them, what they are given and what has to come out.

usage: make_cores.py SEED COUNT FOLDER
"""

import pathlib
import random
import sys

from core_digital import combine, lanes, pool
from core_tile import tile

MAKERS = [
    lambda r, n, f: tile(r, n, f, False), lambda r, n, f: tile(r, n, f, False), lambda r, n, f: tile(r, n, f, True),
    combine, pool, lanes,
]


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    r = random.Random(seed)
    cores = []
    while len(cores) < count:
        core = MAKERS[len(cores) % len(MAKERS)](r, f"c{len(cores)}", folder)
        # What saturates always proves nothing.
        if len(set(core.outputs)) * 3 >= len(core.outputs) * 2:
            cores.append(core)
    in_bits, out_bits = max(c.in_bits for c in cores), max(c.out_bits for c in cores)
    sv = f"""// SPDX-License-Identifier: Apache-2.0
// Random cores of seed {seed}, made by make_cores.py.
module cores (
  input  logic clk_i, rst_ni,
  input  logic [{count - 1}:0] in_valid_i, out_ready_i,
  output logic [{count - 1}:0] in_ready_o, out_valid_o, written_o,
  input  logic [{count * in_bits - 1}:0] in_data_i,
  output logic [{count * out_bits - 1}:0] out_data_o,
  output logic [{count * 8 - 1}:0] out_count_o
);
"""
    cpp = f"""// SPDX-License-Identifier: Apache-2.0
// Random cores of seed {seed}, made by make_cores.py.
#pragma once
#include <string>
#include <vector>
struct Case {{
  std::string name;
  int interval, latency, slots, in_bits, out_bits;
  std::vector<std::string> inputs, outputs;
}};
constexpr int kInBits = {in_bits}, kOutBits = {out_bits}, kProgrammingCycles = {max(c.programming for c in cores)};
inline const std::vector<Case> kCases = {{
"""
    for i, c in enumerate(cores):
        parameters = ", ".join(f".{k}({v})" for k, v in c.parameters.items())
        count_bits = c.slots.bit_length()
        sv += f"""{c.declarations}  logic [{count_bits - 1}:0] count_{i};
  assign out_count_o[{i * 8} +: 8] = 8'(count_{i});
  assign out_data_o[{i * out_bits} +: {out_bits}] = {out_bits}'(data_{i});
  logic [{c.out_bits - 1}:0] data_{i};
  assign written_o[{i}] = {c.written};
  {c.module} #({parameters}) i_core{i} (.clk_i, .rst_ni, .in_valid_i(in_valid_i[{i}]), .in_ready_o(in_ready_o[{i}]), .in_data_i(in_data_i[{i * in_bits} +: {c.in_bits}]), .out_valid_o(out_valid_o[{i}]), .out_ready_i(out_ready_i[{i}]), .out_data_o(data_{i}), .out_count_o(count_{i}){c.extra});
"""
        quoted = lambda words: ", ".join(f'"{w}"' for w in words)
        cpp += (f'  {{"{c.module} {i}", {c.interval}, {c.latency}, {c.slots}, {c.in_bits}, {c.out_bits}, '
                f"{{{quoted(c.inputs)}}}, {{{quoted(c.outputs)}}}}},\n")
    (folder / "cores.sv").write_text(sv + "endmodule\n")
    (folder / "cores_cases.hpp").write_text(cpp + "};\n")


if __name__ == "__main__":
    main()
