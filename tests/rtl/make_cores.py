#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random cores for cores_bench.cpp: a wrapper with all of them, what they are given and what has to come out.

usage: make_cores.py SEED COUNT FOLDER
"""

import itertools
import pathlib
import random
import sys

import reference as ref

VECTORS = 12
TURNS = {name: itertools.cycle(values) for name, values in (("banks", [2, 1, 2]), ("activation", [0, 3, 1, 2, 3]),
                                                                ("multiplier", [False, True]),
                                                                ("rounding", range(5)))}
ROUNDINGS = ["half_even", "half_up", "half_away", "floor", "tflite"]


def packed(values, bits):
    """A parameter: value 0 lowest."""
    word = 0
    for i, value in enumerate(values):
        word |= (value & ((1 << bits) - 1)) << (i * bits)
    return f"{bits * len(values)}'h{word:x}"


def pack(values, bits):
    word = 0
    for i, value in enumerate(values):
        word |= (value & ((1 << bits) - 1)) << (i * bits)
    return word


def hexed(word, bits):
    return f"{word:0{(bits + 3) // 4}x}"


def flag(value):
    return "1'b1" if value else "1'b0"


def draw(r, bits, signed):
    low, high = ref.output_range(bits, signed)
    return r.choice([low, high, r.randint(low, high), r.randint(low, high), r.randint(low, high)])


def random_requant(r, entries, spread):
    has, rounding = next(TURNS["multiplier"]), ROUNDINGS[next(TURNS["rounding"])]
    if has:
        shifts = [r.choice([31 + spread + r.randint(-3, 2), r.randint(28, 70)]) for _ in range(entries)]
        return {"rounding": rounding, "multiplier": [r.randint(1 << 30, (1 << 31) - 1) for _ in shifts], "shift": shifts}
    return {"rounding": rounding, "multiplier": [], "shift": [r.choice([spread, r.randint(-3, 20)]) for _ in range(entries)]}


def requant_parameters(q, entries):
    return {
        "HasMultiplier": flag(q["multiplier"]),
        "Rounding": ROUNDINGS.index(q["rounding"]),
        "Requants": entries,
        "Multiplier": packed(q["multiplier"] or [1] * entries, 32),
        "RequantShift": packed(q["shift"], 16),
    }


def random_output(r, columns, spread):
    """Bias to output integer: configuration and parameters."""
    entries = r.choice([1, columns])
    c = {
        "bias": [r.randint(-(1 << spread), 1 << spread) for _ in range(columns)],
        "accumulator": r.choice([spread, spread + 2, 32]),
        "saturate": r.random() < 0.5,
        "requant": random_requant(r, entries, max(0, spread - 8)),
        "activation": next(TURNS["activation"]),
        "alpha": r.choice([0, 1, 8, 127]),
        "seed": r.randint(1, 255),
        "half_up": r.random() < 0.5,
        "out_bits": r.choice([1, 4, 8, 8, 16]),
        "out_signed": r.random() < 0.5,
    }
    c["accumulator"] = max(c["accumulator"], 4)
    c["zero_point"] = r.randint(*ref.output_range(c["out_bits"], c["out_signed"]))
    p = {
        "Bias": packed(c["bias"], 64),
        "AccumulatorBits": c["accumulator"],
        "Saturate": flag(c["saturate"]),
        **requant_parameters(c["requant"], entries),
        "Activation": c["activation"],
        "Alpha": f"7'd{c['alpha']}",
        "Seed": f"8'd{c['seed']}",
        "HalfUp": flag(c["half_up"]),
        "OutBits": c["out_bits"],
        "OutSigned": flag(c["out_signed"]),
        "ZeroPoint": c["zero_point"],
    }
    return c, p


def outputs_of(c, accs, beat, lfsr):
    """One token; `beat` outputs share a slope."""
    result = []
    for first in range(0, len(accs), beat):
        alpha = lfsr.alpha() if c["activation"] == 3 else c["alpha"]
        for column in range(first, min(first + beat, len(accs))):
            result.append(ref.output(accs[column], column, c, alpha))
        lfsr.step()
    return result


class Core:
    def __init__(self, module, parameters, slots, interval, latency, in_bits, out_bits, extra=""):
        self.module, self.parameters, self.slots = module, parameters, slots
        self.interval, self.latency = interval, latency
        self.in_bits, self.out_bits, self.extra = in_bits, out_bits, extra
        self.inputs, self.outputs = [], []
        self.declarations, self.programming = "", 0
        self.written = "1'b1"

    def add(self, word, result):
        self.inputs.append(hexed(word, self.in_bits))
        self.outputs.append(hexed(result, self.out_bits))


def input_steps(r):
    """Steps of a vector as docs/arrays.md has them, and the type of x."""
    bits = r.choice([1, 2, 3, 5, 8])
    signed = r.random() < 0.5
    low, high = ref.output_range(bits, signed)
    kind = r.choice(["unsigned", "twos", "magnitude", "bipolar"])
    dac = 1 if kind == "bipolar" else r.choice([1, 1, 2, 3])
    steps = []  # shift, bits, minus, negative

    def digits(count, minus, negative):
        for shift in range(0, count, dac):
            steps.append((shift, min(dac, count - shift), minus, negative))

    offset = low
    if kind == "unsigned":
        digits(bits, False, False)
    elif kind == "bipolar":
        digits(bits, False, False)
    elif kind == "twos":
        offset = 0 if signed else 1 << (bits - 1)
        digits(bits - 1, False, False)
        steps.append((bits - 1, 1, True, False))
    else:
        offset = r.randint(low, high)
        count = max(high - offset, offset - low, 1).bit_length()
        digits(count, False, False)
        digits(count, True, True)
    return bits, signed, {
        "encoding": {"magnitude": 1, "bipolar": 2}.get(kind, 0), "offset": offset,
        "shift": [s[0] for s in steps], "bits": [s[1] for s in steps],
        "minus": [s[2] for s in steps], "negative": [s[3] for s in steps],
    }


def random_ranges(r, c, x_bits, x_signed):
    """About what is converted: some cover it, some clip."""
    seen = []
    c["ranges"] = [(0, 1 << 16, 0, 1)]
    for _ in range(3):
        ref.tile(c, [draw(r, x_bits, x_signed) for _ in range(64)], seen)
    low, high = min(seen), max(seen)
    in_levels, ranges = r.random() < 0.6, []
    for _ in range(r.choice([1, c["columns"]])):
        wanted = (high - low + 1) * r.choice([0.6, 1, 1, 2]) / ((1 << c["adc_bits"]) - 1)
        if in_levels:
            step = r.choice([max(1, round(wanted)), 2 * max(1, round(wanted / 2))])
            first = low + r.randint(-2, 2)
            ranges.append((first << 16, step << 16, first, step))
        else:
            step = max(1 << 16, round(wanted * 65536) + r.randint(0, 3))
            k = (low << 16) // step + r.randint(0, 1)
            ranges.append((k * step, step, k, 1))
    return ranges


def tile(r, name, folder, digital):
    x_bits, x_signed, steps = input_steps(r)
    xnor = steps["encoding"] == 2 and r.random() < 0.5
    cell_bits = 1 if xnor else r.choice([1, 2, 3, 4])
    slices = r.randint(1, 3)
    polarities = 1 if xnor else r.choice([1, 2])
    slice_weight = [1 << (cell_bits * k) for k in range(slices)]
    if polarities == 1 and r.random() < 0.4:
        slice_weight[-1] = -slice_weight[-1]
    columns, rows = r.randint(1, 7), r.randint(1, 24)
    row_block = r.choice([rows, r.randint(-(-rows // 3), rows)])
    column_block = r.choice([columns, r.randint(-(-columns // 2), columns)])
    arrays = []
    for column in range(0, columns, column_block):
        for b, row in enumerate(range(0, rows, row_block)):
            arrays.append({"row": row, "rows": min(row_block, rows - row), "column": column,
                           "columns": min(column_block, columns - column), "block": b})
    if len(arrays) > 2 and r.random() < 0.5:  # a replica may be spread over tiles
        del arrays[r.randrange(1, len(arrays))]
        of_column = {}
        for a in arrays:
            a["block"] = of_column[a["column"]] = of_column.get(a["column"], -1) + 1
    parallel = r.choice([row_block, r.randint(1, row_block)])
    c = {
        "steps": steps, "offset": steps["offset"], "slice_weight": slice_weight, "columns": columns, "xnor": xnor,
        "analog_inputs": r.random() < 0.3, "analog_slices": r.random() < 0.4, "polarities": polarities,
        "analog_polarity": polarities == 1 or r.random() < 0.5, "arrays": arrays, "parallel": parallel,
        "digital": digital, "adc_bits": r.choice([1, 3, 6, 8, 10]), "input_sum": r.choice([0, 0, -1, -130]),
        "result_bits": r.choice([12, 24, 32, 40, 66]),
    }
    c["cells"] = [[[[[r.randrange(1 << cell_bits) for _ in range(a["columns"])] for _ in range(a["rows"])]
                    for _ in range(slices)] for _ in range(polarities)] for a in arrays]
    c["ranges"] = random_ranges(r, c, x_bits, x_signed)

    groups = -(-row_block // parallel) * (1 if c["analog_inputs"] else len(steps["shift"]))
    values = (1 if c["analog_slices"] else slices) * (1 if c["analog_polarity"] else polarities)
    widest = max(a["columns"] for a in arrays)
    conversions = r.choice([values * widest, r.randint(1, values * widest)])
    rate, rate_cycles = r.choice([(1, 1), (2, 1), (3, 2), (32, 25), (1, 3), (7, 9)])
    read, add, banks, slots = r.randint(1, 5), r.randint(1, 4), next(TURNS["banks"]), r.randint(1, 3)
    convert = -(-conversions * rate_cycles // rate)
    if digital:
        convert, banks = 0, 2
    step_cycles = max(read, convert, add) if banks == 2 else read + convert + add
    blocks = max(a["block"] for a in arrays) + 1
    latency = step_cycles * (groups - 1) + read + convert + add + (blocks - 1).bit_length()
    word_bits = slices * polarities * widest * cell_bits
    row_bits = max(1, (max(a["rows"] for a in arrays) - 1).bit_length())
    array_bits = max(1, (len(arrays) - 1).bit_length())
    digit_bits = max(steps["bits"])
    p = {
        "Rows": rows, "Columns": columns, "Arrays": len(arrays),
        "ArrayRow": packed([a["row"] for a in arrays], 32), "ArrayRows": packed([a["rows"] for a in arrays], 32),
        "ArrayColumn": packed([a["column"] for a in arrays], 32),
        "ArrayColumns": packed([a["columns"] for a in arrays], 32),
        "ArrayRowBlock": packed([a["block"] for a in arrays], 32), "RowBlocks": blocks,
        "XBits": x_bits, "XSigned": flag(x_signed), "Offset": c["offset"], "InputEncoding": steps["encoding"],
        "Steps": len(steps["shift"]), "StepShift": packed(steps["shift"], 8), "StepBits": packed(steps["bits"], 8),
        "StepNegative": packed(steps["negative"], 1), "StepMinus": packed(steps["minus"], 1),
        "DigitBits": digit_bits, "AnalogInputs": flag(c["analog_inputs"]), "CellBits": cell_bits, "Slices": slices,
        "Polarities": polarities, "Xnor": flag(xnor), "SliceWeight": packed(slice_weight, 32),
        "AnalogSlices": flag(c["analog_slices"]), "AnalogPolarity": flag(c["analog_polarity"]),
        "ParallelRows": parallel, "ValueBits": 36, "ReadCycles": read, "AddCycles": add,
        "RowGroups": -(-row_block // parallel), "InputSum": c["input_sum"], "SumBits": 24 if c["input_sum"] else 1,
        "ResultBits": c["result_bits"], "OutputSlots": slots, "ArrayBits": array_bits, "RowBits": row_bits,
        "WordBits": word_bits,
    }
    if not digital:
        p |= {"AdcBits": c["adc_bits"], "Conversions": conversions, "Rate": rate, "RateCycles": rate_cycles,
              "Banks": banks, "Ranges": len(c["ranges"])}
        for key, part in (("RangeLow", 0), ("RangeStep", 1), ("RangeBase", 2), ("RangeUnit", 3)):
            p[key] = packed([x[part] for x in c["ranges"]], 64)
    core = Core("ohmic_tile_" + ("digital" if digital else "analog"), p, slots, step_cycles * groups, latency,
                rows * x_bits, columns * c["result_bits"],
                f", .write_i({name}_write), .write_array_i({name}_array), .write_row_i({name}_row), "
                f".write_data_i({name}_cells)")

    # Rows leave ROMs through the writer.
    cycles, n = r.randint(1, 4), len(arrays)
    core.programming = cycles * sum(a["rows"] for a in arrays) + 2
    core.written = f"{name}_done"
    d = f"""  logic {name}_write, {name}_done;
  logic [{array_bits - 1}:0] {name}_array;
  logic [{row_bits - 1}:0] {name}_row;
  logic [{word_bits - 1}:0] {name}_cells;
  logic [{n - 1}:0] {name}_rom_valid, {name}_rom_ready;
  logic [{n * word_bits - 1}:0] {name}_rom_data;
"""
    for i, a in enumerate(arrays):
        file = f"{name}_{i}.hex"
        words = []
        for row in range(a["rows"]):
            cells = [c["cells"][i][q][k][row][column] for k in range(slices) for q in range(polarities)
                     for column in range(a["columns"])]
            words.append(hexed(pack(cells, cell_bits), word_bits))
        (folder / file).write_text("\n".join(words) + "\n")
        d += (f'  ohmic_weight_rom #(.File("{file}"), .Words({a["rows"]}), .WordBits({word_bits})) i_{name}_rom{i} '
              f"(.clk_i, .rst_ni, .out_valid_o({name}_rom_valid[{i}]), .out_ready_i({name}_rom_ready[{i}]), "
              f".out_data_o({name}_rom_data[{i * word_bits} +: {word_bits}]));\n")
    d += (f"  ohmic_array_writer #(.Arrays({n}), .ArrayRows({p['ArrayRows']}), .WordBits({word_bits}), "
          f".WriteCycles({cycles}), .ArrayBits({array_bits}), .RowBits({row_bits})) i_{name}_writer (.clk_i, .rst_ni, "
          f".in_valid_i({name}_rom_valid), .in_ready_o({name}_rom_ready), .in_data_i({name}_rom_data), "
          f".write_o({name}_write), .write_array_o({name}_array), .write_row_o({name}_row), "
          f".write_data_o({name}_cells), .done_o({name}_done));\n")
    core.declarations = d
    for _ in range(VECTORS):
        x = [draw(r, x_bits, x_signed) for _ in range(rows)]
        core.add(pack(x, x_bits), pack(ref.tile(c, x), c["result_bits"]))
    return core


def combine(r, name, folder):
    columns, lanes, period = r.randint(1, 9), r.randint(1, 5), r.choice([1, 1, 2, 3])
    sum_bits, in_levels = r.choice([12, 20, 33]), r.random() < 0.5
    ports = []
    for phase in range(period):
        for _ in range(r.randint(1, 3)):
            ports.append((phase, sorted(r.sample(range(columns), r.randint(1, columns)))))
    r.shuffle(ports)
    firings = r.randint(max(1, period - 1), 2 * period + 1)
    passes = max(sum(1 for q in ports if q[0] == phase) for phase in range(period))
    c, p = random_output(r, columns, min(sum_bits, 18))
    shift = r.randint(0, 3)
    factors = [1] if in_levels else [r.randint(1 << 16, 1 << 18) for _ in range(r.choice([1, columns]))]
    constant = [r.randint(-999, 999) for _ in range(columns)]
    elements, table, first = sum(len(q[1]) for q in ports), [], 0
    for _, of in ports:
        table += [first + of.index(k) if k in of else -1 for k in range(columns)]
        first += len(of)
    cycles, pipeline, slots = passes * -(-columns // lanes), r.randint(1, 4), r.randint(1, 3)
    p |= {
        "Ports": len(ports), "Columns": columns, "Lanes": lanes, "Passes": passes, "SumBits": sum_bits,
        "Elements": elements, "Period": period, "Firings": firings,
        "PortPhase": packed([q[0] for q in ports], 32), "PortElement": packed(table, 32), "Factors": len(factors),
        "Factor": packed(factors, 64), "Constant": packed([k if in_levels else k << 16 for k in constant], 64),
        "Shift": shift + (0 if in_levels else 16), "WideBits": 70, "Pipeline": pipeline, "OutputSlots": slots,
    }
    core = Core("ohmic_combine", p, slots, cycles, cycles + pipeline, elements * sum_bits, columns * c["out_bits"])
    lfsr = ref.Lfsr(c["seed"])
    for n in range(3 * VECTORS):
        data = [draw(r, sum_bits, True) >> r.choice([0, 3]) for _ in range(elements)]
        accs = []
        for column in range(columns):
            total = 0
            for k, (phase, _) in enumerate(ports):
                at = table[k * columns + column]
                if phase == n % firings % period and at >= 0:
                    total += data[at]
            total = ref.wrapped(total, sum_bits)
            if in_levels:
                accs.append(ref.rounded(total + constant[column], shift, "half_even"))
            else:
                factor = factors[column % len(factors)]
                accs.append(ref.rounded(total * factor + (constant[column] << 16), 16 + shift, "half_even"))
        core.add(pack(data, sum_bits), pack(outputs_of(c, accs, lanes, lfsr), c["out_bits"]))
    return core


def pool(r, name, folder):
    kernel_h, kernel_w, channels, lanes = r.randint(1, 3), r.randint(1, 3), r.randint(1, 5), r.randint(1, 6)
    taps, average, bits, signed = kernel_h * kernel_w, r.random() < 0.6, r.choice([2, 8]), r.random() < 0.5
    zero, firings, inside_only = r.randint(*ref.output_range(bits, signed)), r.randint(1, 6), r.random() < 0.5
    entries = taps if inside_only else 1
    requant = random_requant(r, entries, 1)
    inside = [r.randint(1, taps) for _ in range(firings)]
    out_bits, out_signed = (r.choice([4, 8]), r.random() < 0.5) if average else (bits, signed)
    out_zero = r.randint(*ref.output_range(out_bits, out_signed))
    cycles, pipeline, slots = -(-taps * channels // lanes), r.randint(1, 4), r.randint(1, 3)
    zeros = (r.choice([0, 0, 1, 2]), r.choice([0, 0, 1, 2]), r.randint(*ref.output_range(out_bits, out_signed)))
    p = {
        "ZerosBefore": zeros[0], "ZerosAfter": zeros[1], "Zero": zeros[2],
        "KernelHeight": kernel_h, "KernelWidth": kernel_w, "Channels": channels, "Lanes": lanes, "XBits": bits,
        "XSigned": flag(signed), "Average": flag(average), "XZeroPoint": zero, **requant_parameters(requant, entries),
        "CountInside": flag(inside_only), "Firings": firings, "Inside": packed(inside, 16), "OutBits": out_bits,
        "OutSigned": flag(out_signed), "ZeroPoint": out_zero, "Pipeline": pipeline, "OutputSlots": slots,
    }
    core = Core("ohmic_pool", p, slots, cycles, cycles + pipeline, taps * channels * bits,
                (zeros[0] + channels + zeros[1]) * out_bits)
    for n in range(VECTORS):
        x = [draw(r, bits, signed) for _ in range(taps * channels)]
        result = []
        for channel in range(channels):
            under = x[channel::channels]
            if average:
                q = ref.quotient(sum(v - zero for v in under), requant, inside[n % firings] - 1 if inside_only else 0)
                result.append(ref.clamp(q + out_zero, *ref.output_range(out_bits, out_signed)))
            else:
                result.append(max(under))
        result = [zeros[2]] * zeros[0] + result + [zeros[2]] * zeros[1]
        core.add(pack(x, bits), pack(result, out_bits))
    return core


def lanes(r, name, folder):
    rows, columns, inputs, outputs = r.randint(1, 9), r.randint(1, 9), r.randint(1, 5), r.randint(1, 5)
    x_bits, x_signed, weight_bits = r.choice([2, 8]), r.random() < 0.5, r.choice([2, 5, 8])
    zero = r.randint(*ref.output_range(x_bits, x_signed))
    weights = [[draw(r, weight_bits, True) for _ in range(rows)] for _ in range(columns)]
    row_steps, column_steps = -(-rows // inputs), -(-columns // outputs)
    multiply, accumulate, pipeline, slots = r.randint(1, 3), r.randint(1, 3), r.randint(1, 3), r.randint(1, 3)
    word_bits, latency = inputs * outputs * weight_bits, r.randint(1, 4)
    words = []
    for word in range(row_steps * column_steps):
        of = []
        for j in range(outputs):
            for i in range(inputs):
                row, column = word % row_steps * inputs + i, word // row_steps * outputs + j
                of.append(weights[column][row] if row < rows and column < columns else 0)
        words.append(hexed(pack(of, weight_bits), word_bits))
    (folder / f"{name}.hex").write_text("\n".join(words) + "\n")
    c, p = random_output(r, columns, 10)
    n = len(words)
    p |= {
        "Rows": rows, "Columns": columns, "Inputs": inputs, "Outputs": outputs, "XBits": x_bits,
        "XSigned": flag(x_signed), "XZeroPoint": zero, "WeightBits": weight_bits, "SumBits": 24,
        "MultiplyCycles": multiply, "AccumulateCycles": accumulate, "Pipeline": pipeline, "OutputSlots": slots,
    }
    core = Core("ohmic_multiply_lanes", p, slots, n, n + multiply + accumulate + pipeline, rows * x_bits,
                columns * c["out_bits"],
                f", .word_valid_i({name}_valid), .word_ready_o({name}_ready), .word_data_i({name}_word)")
    core.declarations = f"""  logic {name}_valid, {name}_ready;
  logic [{word_bits - 1}:0] {name}_word;
  ohmic_weight_stream #(.File("{name}.hex"), .Words({n}), .WordBits({word_bits}), .LatencyCycles({latency})) i_{name}_words (.clk_i, .rst_ni, .word_valid_o({name}_valid), .word_ready_i({name}_ready), .word_data_o({name}_word));
"""
    core.programming = latency + 1
    lfsr = ref.Lfsr(c["seed"])
    for _ in range(3 * VECTORS):
        x = [draw(r, x_bits, x_signed) for _ in range(rows)]
        accs = [sum(w * (v - zero) for w, v in zip(of, x)) for of in weights]
        core.add(pack(x, x_bits), pack(outputs_of(c, accs, outputs, lfsr), c["out_bits"]))
    return core


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
