#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random ways for ways_bench.cpp: slots, a port, then buffers in its tile behind a fork and in others behind links, or
behind one bus for all ways.

usage: make_ways.py SEED COUNT FOLDER BUS
"""

import pathlib
import random
import sys


def consumption(g):
    """need, release and tokens under the window of every firing, by looking at every token."""
    firings = []
    for pixel in range(g["phase"], g["out_h"] * g["out_w"], g["period"]):
        taps = []
        for ky in range(g["kh"]):
            for kx in range(g["kw"]):
                y = pixel // g["out_w"] * g["sh"] - g["pt"] + ky * g["dh"]
                x = pixel % g["out_w"] * g["sw"] - g["pl"] + kx * g["dw"]
                inside = 0 <= y < g["in_h"] and 0 <= x < g["in_w"]
                taps.append(y * g["in_w"] + x if inside else -1)
        firings.append(taps)
    tokens = g["in_h"] * g["in_w"]
    need, release, most = [], [], 1 if g["wait"] else 0
    for f, taps in enumerate(firings):
        most = max([most] + [t + 1 for t in taps])
        need.append(most)
        later = [t for after in firings[f + 1:] for t in after if t >= 0]
        release.append(min(later) if later else tokens)
    return tokens, need, release, firings


def window(r):
    while True:
        g = {k: r.randint(1, 3) for k in ("kh", "kw", "sh", "sw", "dh", "dw")}
        g |= {"in_h": r.randint(1, 5), "in_w": r.randint(1, 5), "pt": r.randint(0, 2), "pl": r.randint(0, 2)}
        g |= {"out_h": r.randint(1, 5), "out_w": r.randint(1, 5), "period": r.choice([1, 1, 2, 3]), "wait": r.random() < 0.5}
        g["phase"] = r.randrange(g["period"])
        if g["phase"] < g["out_h"] * g["out_w"]:
            return g


def plain(r):
    """Turns of a fifo: token f // period in the firings of its phase."""
    period = r.choice([1, 1, 2, 3])
    phase, firings = r.randrange(period), r.randint(1, 7)
    if phase >= firings:
        phase = 0
    turns = [f % period == phase for f in range(firings)]
    need = [sum(turns[: f + 1]) for f in range(firings)]
    taps = [[need[f] - 1] if turns[f] else [-2] for f in range(firings)]  # -2: anything
    return {"period": period, "phase": phase, "firings": firings}, (sum(turns), need, need, taps)


def buffer(r, token_bits, width, name):
    if r.random() < 0.3:
        g, table = plain(r)
        least = 1
        text = f"ohmic_fifo #(.BeatBits({width}), .TokenBits({token_bits}), .Capacity(CAP), .Period({g['period']}), .Phase({g['phase']}), .Firings({g['firings']})) {name}"
    else:
        g = window(r)
        table = consumption(g)
        before = [0] + table[2][:-1]
        least = max(1, max(n - b for n, b in zip(table[1], before)))
        keys = {"KernelHeight": "kh", "KernelWidth": "kw", "StrideHeight": "sh", "StrideWidth": "sw", "PadTop": "pt",
                "PadLeft": "pl", "DilationHeight": "dh", "DilationWidth": "dw", "InHeight": "in_h", "InWidth": "in_w",
                "OutHeight": "out_h", "OutWidth": "out_w", "Period": "period", "Phase": "phase"}
        text = (f"ohmic_window_buffer #(.BeatBits({width}), .TokenBits({token_bits}), .Capacity(CAP), "
                + ", ".join(f".{k}({g[v]})" for k, v in keys.items())
                + f", .WaitFirst(1'b{int(g['wait'])}), .PadToken({token_bits}'h{(1 << token_bits) // 3:x})) {name}")
    capacity = least + r.choice([0, 0, 1, 3])
    return text.replace("CAP", str(capacity)), capacity, table


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    bus = sys.argv[4] == "1"
    folder.mkdir(parents=True, exist_ok=True)
    r = random.Random(seed)
    hop, grant = r.randint(1, 3), r.randint(0, 2)
    flit_width = r.randint(1, 9)
    body, cases, total, most_bits, flits_of = "", "", 0, 1, []
    for i in range(count):
        token_bits, beat, flit = r.randint(1, 20), r.randint(1, 12), flit_width if bus else r.randint(1, 12)
        locals_, remotes = r.randint(0, 2), r.randint(0, 2)
        if bus and remotes == 0:
            remotes = 1
        if locals_ + remotes == 0:
            locals_ = 1
        slots = r.randint(1, 3)
        bits = max(1, slots.bit_length())
        beats, flits = -(-token_bits // beat), -(-token_bits // flit)
        flits_of.append(flits)
        buffers = [buffer(r, token_bits, beat if d < locals_ else flit, f"i_buffer{i}_{d}") for d in range(locals_ + remotes)]
        hops = [0 if d < locals_ else hop if bus else r.randint(1, 4) for d in range(locals_ + remotes)]
        credit = max([b[1].bit_length() for b in buffers[locals_:]] + [1])
        ways = max(1, remotes)
        capacities = sum(b[1] << (credit * d) for d, b in enumerate(buffers[locals_:]))
        body += f"""  logic free{i}, valid{i}, ready{i}, beat_valid{i}, beat_ready{i}, flit_valid{i}, busy{i};
  logic [{token_bits - 1}:0] data{i};
  logic [{bits - 1}:0] count{i};
  logic [{beat - 1}:0] beat{i};
  logic [{flit - 1}:0] flit{i};
  logic [{ways * credit - 1}:0] credit{i};
  assign free_o[{i}] = free{i};
  ohmic_output_slots #(.Width({token_bits}), .Slots({slots})) i_slots{i} (.clk_i, .rst_ni, .start_i(push_i[{i}]), .free_o(free{i}), .write_i(push_i[{i}]), .data_i(data_i[{i * 32} +: {token_bits}]), .out_valid_o(valid{i}), .out_ready_i(ready{i}), .out_data_o(data{i}), .out_count_o(count{i}));
  ohmic_stream_port #(.TokenBits({token_bits}), .BeatBits({beat}), .FlitBits({flit}), .Local(1'b{int(locals_ > 0)}), .Remote({remotes}), .CreditBits({credit}), .Capacities({ways * credit}'h{capacities:x}), .Offers(1'b{int(bus)}), .CountBits({bits})) i_port{i} (.clk_i, .rst_ni, .in_valid_i(valid{i}), .in_ready_o(ready{i}), .in_data_i(data{i}), .in_count_i(count{i}), .beat_valid_o(beat_valid{i}), .beat_ready_i(beat_ready{i}), .beat_data_o(beat{i}), .flit_valid_o(flit_valid{i}), .flit_data_o(flit{i}), .credit_i(credit{i}), .offer_o(offer[{i}]), .grant_i(grant[{i}]), .busy_o(busy{i}));
"""
        if bus:
            body += f"  assign flit_valid[{i}] = flit_valid{i};\n  assign flit_data[{i * flit} +: {flit}] = flit{i};\n"
        else:
            body += f"  assign grant[{i}] = 1'b0;\n"
        if locals_:
            body += f"  logic [{locals_ - 1}:0] local_valid{i}, local_ready{i};\n  ohmic_fork #(.Outputs({locals_})) i_fork{i} (.in_valid_i(beat_valid{i}), .in_ready_o(beat_ready{i}), .out_valid_o(local_valid{i}), .out_ready_i(local_ready{i}));\n"
        else:
            body += f"  assign beat_ready{i} = 1'b0;\n"
        if not remotes:
            body += f"  assign credit{i} = '0;\n"
        dests = []
        for d, (text, capacity, (tokens, need, release, taps)) in enumerate(buffers):
            at, width = total, len(taps[0]) * token_bits
            total += 1
            most_bits = max(most_bits, width)
            tag, cap_bits = f"{i}_{d}", capacity.bit_length()
            if d < locals_:
                inputs = f".in_valid_i(local_valid{i}[{d}]), .in_ready_o(local_ready{i}[{d}]), .in_data_i(beat{i})"
            else:
                k = d - locals_
                body += f"  logic valid{tag}, unused{tag};\n  logic [{flit - 1}:0] flit{tag};\n  logic [{credit - 1}:0] back{tag};\n"
                if bus:
                    body += f"  assign valid{tag} = medium_valid[{i}];\n  assign flit{tag} = medium;\n  ohmic_pipe #(.Width({credit}), .Registers({hop})) i_credit{tag} (.clk_i, .rst_ni, .data_i({credit}'(credit_of{tag})), .data_o(back{tag}));\n"
                else:
                    body += f"  ohmic_link #(.FlitBits({flit}), .CreditBits({credit}), .Registers({hops[d]})) i_link{tag} (.clk_i, .rst_ni, .flit_valid_i(flit_valid{i}), .flit_data_i(flit{i}), .credit_i({credit}'(credit_of{tag})), .flit_valid_o(valid{tag}), .flit_data_o(flit{tag}), .credit_o(back{tag}));\n"
                body += f"  assign credit{i}[{k * credit} +: {credit}] = back{tag};\n"
                inputs = f".in_valid_i(valid{tag}), .in_ready_o(unused{tag}), .in_data_i(flit{tag})"
            body += f"  logic [{cap_bits - 1}:0] credit_of{tag};\n  logic [{width - 1}:0] out{tag};\n  assign out_data_o[{at}*OutBits +: OutBits] = OutBits'(out{tag});\n"
            body += f"  {text} (.clk_i, .rst_ni, {inputs}, .out_valid_o(out_valid_o[{at}]), .out_ready_i(out_ready_i[{at}]), .out_data_o(out{tag}), .credit_o(credit_of{tag}));\n"
            listed = ", ".join("{" + ", ".join(map(str, t)) + "}" for t in taps)
            dests.append(f"{{{at}, {int(d >= locals_)}, {hops[d]}, {capacity}, {tokens}, {{{', '.join(map(str, need))}}}, {{{', '.join(map(str, release))}}}, {{{listed}}}}}")
        cases += f"  {{{token_bits}, {beats}, {flits}, {slots}, {(1 << token_bits) // 3}u, {{{', '.join(dests)}}}}},\n"
    wires = ""
    if bus:
        offer_bits = 3
        flits_word = sum(f << (16 * i) for i, f in enumerate(flits_of))
        wires = f"""  logic [{count - 1}:0] flit_valid, medium_valid;
  logic [{count * flit_width - 1}:0] flit_data;
  logic [{flit_width - 1}:0] medium;
  ohmic_bus #(.Flows({count}), .FlitBits({flit_width}), .Flits({count * 16}'h{flits_word:x}), .HopCycles({hop}), .GrantCycles({grant}), .OfferBits({offer_bits})) i_bus (.clk_i, .rst_ni, .offer_i(offer), .grant_o(grant), .flit_valid_i(flit_valid), .flit_data_i(flit_data), .flit_valid_o(medium_valid), .flit_data_o(medium));
"""
    (folder / "ways.sv").write_text(f"""// SPDX-License-Identifier: Apache-2.0
// Random ways of seed {seed}, made by make_ways.py.
module ways (
  input  logic clk_i, rst_ni,
  input  logic [{count - 1}:0] push_i,
  input  logic [{count * 32 - 1}:0] data_i,
  output logic [{count - 1}:0] free_o,
  input  logic [{total - 1}:0] out_ready_i,
  output logic [{total - 1}:0] out_valid_o,
  output logic [{total * most_bits - 1}:0] out_data_o
);
  localparam int OutBits = {most_bits};
  logic [{count - 1}:0] offer, grant;
{wires}{body}endmodule
""".replace("medium", "carried"))
    (folder / "ways_cases.hpp").write_text(f"""// SPDX-License-Identifier: Apache-2.0
// Random ways of seed {seed}, made by make_ways.py.
#pragma once
#include <vector>
struct Place {{
  int index, remote, registers, capacity, tokens;
  std::vector<int> need, release;
  std::vector<std::vector<int>> taps;
}};
struct Way {{
  int token_bits, beats, flits, slots;
  unsigned pad;
  std::vector<Place> places;
}};
constexpr int kOutBits = {most_bits}, kGrantCycles = {grant};
constexpr bool kBus = {'true' if bus else 'false'};
inline const std::vector<Way> kWays = {{
{cases}}};
""")


if __name__ == "__main__":
    main()
