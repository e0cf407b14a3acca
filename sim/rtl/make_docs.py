#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/rtl.md from what stands in the modules: header, and a sentence before every parameter and port.

usage: make_docs.py [--check]
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "rtl.md"

GROUPS = [
    ("Streams", "stream_register pipe link fork join beat_collector fifo window_buffer output_slots stream_port bus"),
    ("Tiles", "tile_analog tile_digital tile_sequencer array_analog array_digital row_driver crossbar sample_hold adc "
              "digital_columns shift_add adder_tree"),
    ("Digital units", "combine pool output_lane requantize activate activation lfsr"),
    ("Weights", "weight_rom array_writer weight_stream multiply_lanes"),
    ("Ends of the chip", "source sink global_buffer"),
]

INTRO = """# RTL: the modules in sim/rtl

[hardware.md](hardware.md) says what the modules do and when; this page lists them. It is written from the comments in the
files by `sim/rtl/make_docs.py`. Flat vectors only: element 0 of a token, an array, a parameter table in the lowest bits.
All are lint-clean under `verilator --lint-only -Wall`. Verilator needs an `--unroll-count` for constant functions with a
step for each firing of an image: the head of an emitted test bench says which, 1024 is enough for 16,000 of them. All but
the memories (`global_buffer`, `weight_rom`) are read and synthesized by yosys 0.23 to its own cells, without a library of
gates, by the emitted `synth.ys`; `crossbar` and `adc`, whose bodies model cells and a converter, are macros: nothing but their
ports is read where `SYNTHESIS` is defined, as yosys does. Reset is asynchronous and has to be released in step with the clock; registers of data that `valid` guards
have none, but for those of `pipe`, whose data have their flags among them. Units of several latency cycles compute in the first
and carry the result on: leave the rest to retiming, with a `pipe` of your own where your flow cannot move registers with reset.

`valid` of cores and buffers does not wait for `ready` and does not fall, data stay until they have passed, and all outputs
of cores come from registers, some through a gate (count > 0); `in_ready_o` of `multiply_lanes` alone follows an input, the valid
of its weights. Digits come from `in_data_i` within the cycle in which a vector is taken, and so do the sums of the first read:
with reads of more cycles that way has them all. `fork` and `join` are the AND gates between them: their `valid` follows the `ready` of the
other ends, and a port sees `ready` of its buffers in the same cycle.

## What `ohmic emit` writes

| | |
|---|---|
| `rtl/` | the chip (`NAME_chip.sv`) and the modules of the library that its network needs |
| `files.f` | all of these, for `verilator -f` and others |
| `tb/` | a test bench that checks every token on every stream by itself; its head says how to run it |
| `rom/` | a word of cells for each row of an array, side by side as `write_data_i` takes them: `.mem` for $readmemh, `.bin` (bytes of each word, lowest first) and `.h` for C |
| `images.mem`, `golden/` | the tokens of the images; those of every stream, in order, a word a line |
| `tiles/` | every tile as a module of its own, with numbers for parameters, its cycles and its arrays in the head ([cosim.md](cosim.md)) |
| `synth.ys` | for yosys: the digital parts, their cells counted |
| `manifest.json`, `weights/`, `weights.h` | the weight images, for C too, and what they mean ([weight_images.md](weight_images.md)) |
| `chip.json` | streams with their formats, latency, sha256 of every file |

## A tile of your own

A tile has the ports of [`ohmic_tile_analog`](#ohmic_tile_analog), with these widths; it needs no parameters. Rows of cells
are written before the first vector. What the arrays hold and when results are due is in [hardware.md](hardware.md).

An analog macro takes the place of [`ohmic_crossbar`](#ohmic_crossbar) alone, a converter that of [`ohmic_adc`](#ohmic_adc):
digits stand on the rows in all cycles of a read, `read_i` marks the last; the column values have to be there in that cycle,
`ohmic_sample_hold` takes them at its end. Codes may change until the burst is over.
"""


def cell(text):
    return text.replace("|", "\\|")


def section(name):
    text = (HERE / f"ohmic_{name}.sv").read_text()
    head, rest = text.split(f"module ohmic_{name}", 1)
    header = rest.split("\n);\n", 1)[0]
    what = " ".join(line[3:].strip() for line in head.splitlines()[1:] if line.startswith("//"))
    parameters, ports, comment = [], [], []
    for line in header.splitlines():
        line = line.strip()
        if line.startswith("///"):
            comment.append(line[3:].strip())
            continue
        sentence, comment = " ".join(comment), []
        if found := re.match(r"(parameter|localparam)\s+(.*?)(\w+)\s*=\s*(.*?),?$", line):
            kind, kept, identifier, default = found.groups()
            if kind == "parameter":
                parameters.append((identifier, default, sentence))
        elif found := re.match(r"(input|output)\s+logic\s*(signed)?\s*(\[.*\])?\s*(\w+),?$", line):
            direction, signed, width, identifier = found.groups()
            ports.append((identifier, direction, " ".join(x for x in (signed, width) if x), sentence))
        if not sentence and (line.startswith(("parameter", "localparam", "input", "output"))):
            sys.exit(f"ohmic_{name}: no sentence before: {line}")
    out = f"### ohmic_{name}\n\n{what}\n\n"
    if parameters:
        out += "| parameter | default | meaning |\n|---|---|---|\n"
        out += "".join(f"| `{p}` | `{d}` | {cell(s)} |\n" for p, d, s in parameters) + "\n"
    out += "| port | | width | duty |\n|---|---|---|---|\n"
    out += "".join(f"| `{p}` | {d} | {f'`{w}`' if w else '1'} | {cell(s)} |\n" for p, d, w, s in ports)
    return out


def main():
    names = [n for _, group in GROUPS for n in group.split()]
    files = sorted(f.stem.removeprefix("ohmic_") for f in HERE.glob("ohmic_*.sv"))
    if sorted(names) != files:
        sys.exit(f"make_docs.py: modules and files differ: {sorted(set(names) ^ set(files))}")
    page = INTRO
    for title, group in GROUPS:
        page += f"\n## {title}\n\n" + "\n".join(section(n) for n in group.split())
    if "--check" in sys.argv:
        if PAGE.read_text() != page:
            sys.exit("docs/rtl.md is not what sim/rtl/make_docs.py writes")
    else:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
