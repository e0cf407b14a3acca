# SPDX-License-Identifier: Apache-2.0
"""Random tiles for cores_bench.cpp: what they hold, how long they take, and the ROMs and writer that fill them."""

import reference as ref
from core_parts import TURNS, VECTORS, Core, draw, flag, hexed, pack, packed


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


def random_arrays(r, rows, columns, row_block):
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
    return arrays


def random_contents(r, digital):
    """What is computed: configuration as reference.tile takes it."""
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
    arrays = random_arrays(r, rows, columns, row_block)
    parallel = r.choice([row_block, r.randint(1, row_block)])
    c = {
        "steps": steps, "offset": steps["offset"], "slice_weight": slice_weight, "columns": columns, "xnor": xnor,
        "analog_inputs": r.random() < 0.3, "analog_slices": r.random() < 0.4, "polarities": polarities,
        "analog_polarity": polarities == 1 or r.random() < 0.5, "arrays": arrays, "parallel": parallel,
        "digital": digital, "adc_bits": r.choice([1, 3, 6, 8, 10]), "input_sum": r.choice([0, 0, -1, -130]),
        "result_bits": r.choice([12, 24, 32, 40, 66]), "rows": rows, "x_bits": x_bits, "x_signed": x_signed,
        "cell_bits": cell_bits, "row_groups": -(-row_block // parallel),
    }
    c["cells"] = [[[[[r.randrange(1 << cell_bits) for _ in range(a["columns"])] for _ in range(a["rows"])]
                    for _ in range(slices)] for _ in range(polarities)] for a in arrays]
    c["ranges"] = random_ranges(r, c, x_bits, x_signed)
    return c


def contents_parameters(c):
    steps, arrays = c["steps"], c["arrays"]
    slices, widest = len(c["slice_weight"]), max(a["columns"] for a in arrays)
    return {
        "Rows": c["rows"], "Columns": c["columns"], "Arrays": len(arrays),
        "ArrayRow": packed([a["row"] for a in arrays], 32), "ArrayRows": packed([a["rows"] for a in arrays], 32),
        "ArrayColumn": packed([a["column"] for a in arrays], 32),
        "ArrayColumns": packed([a["columns"] for a in arrays], 32),
        "ArrayRowBlock": packed([a["block"] for a in arrays], 32), "RowBlocks": max(a["block"] for a in arrays) + 1,
        "XBits": c["x_bits"], "XSigned": flag(c["x_signed"]), "Offset": c["offset"], "InputEncoding": steps["encoding"],
        "Steps": len(steps["shift"]), "StepShift": packed(steps["shift"], 8), "StepBits": packed(steps["bits"], 8),
        "StepNegative": packed(steps["negative"], 1), "StepMinus": packed(steps["minus"], 1),
        "DigitBits": max(steps["bits"]), "AnalogInputs": flag(c["analog_inputs"]), "CellBits": c["cell_bits"],
        "Slices": slices, "Polarities": c["polarities"], "Xnor": flag(c["xnor"]),
        "SliceWeight": packed(c["slice_weight"], 32), "AnalogSlices": flag(c["analog_slices"]),
        "AnalogPolarity": flag(c["analog_polarity"]), "ParallelRows": c["parallel"], "ValueBits": 36,
        "RowGroups": c["row_groups"], "InputSum": c["input_sum"], "SumBits": 24 if c["input_sum"] else 1,
        "ResultBits": c["result_bits"], "ArrayBits": max(1, (len(arrays) - 1).bit_length()),
        "RowBits": max(1, (max(a["rows"] for a in arrays) - 1).bit_length()),
        "WordBits": slices * c["polarities"] * widest * c["cell_bits"],
    }


def random_times(r, c):
    """Parameters, interval and latency."""
    groups = c["row_groups"] * (1 if c["analog_inputs"] else len(c["steps"]["shift"]))
    values = (1 if c["analog_slices"] else len(c["slice_weight"])) * (1 if c["analog_polarity"] else c["polarities"])
    most = values * max(a["columns"] for a in c["arrays"])
    conversions = r.choice([most, r.randint(1, most)])
    rate, rate_cycles = r.choice([(1, 1), (2, 1), (3, 2), (32, 25), (1, 3), (7, 9)])
    read, add, banks, slots = r.randint(1, 5), r.randint(1, 4), next(TURNS["banks"]), r.randint(1, 3)
    convert = -(-conversions * rate_cycles // rate)
    p = {"ReadCycles": read, "AddCycles": add, "OutputSlots": slots}
    if c["digital"]:
        convert, banks = 0, 2
    else:
        p |= {"AdcBits": c["adc_bits"], "Conversions": conversions, "Rate": rate, "RateCycles": rate_cycles,
              "Banks": banks, "Ranges": len(c["ranges"])}
        for key, part in (("RangeLow", 0), ("RangeStep", 1), ("RangeBase", 2), ("RangeUnit", 3)):
            p[key] = packed([x[part] for x in c["ranges"]], 64)
    step_cycles = max(read, convert, add) if banks == 2 else read + convert + add
    levels = max(a["block"] for a in c["arrays"]).bit_length()
    return p, step_cycles * groups, step_cycles * (groups - 1) + read + convert + add + levels


def write_roms(c, p, name, folder):
    """A file for each array: a word a row, slice by slice, in it polarity by polarity."""
    for i, a in enumerate(c["arrays"]):
        words = []
        for row in range(a["rows"]):
            cells = [c["cells"][i][q][k][row][column] for k in range(len(c["slice_weight"]))
                     for q in range(c["polarities"]) for column in range(a["columns"])]
            words.append(hexed(pack(cells, c["cell_bits"]), p["WordBits"]))
        (folder / f"{name}_{i}.hex").write_text("\n".join(words) + "\n")


def writing(c, p, name, cycles):
    """ROMs and the writer, as text."""
    n, word_bits = len(c["arrays"]), p["WordBits"]
    d = f"""  logic {name}_write, {name}_done;
  logic [{p['ArrayBits'] - 1}:0] {name}_array;
  logic [{p['RowBits'] - 1}:0] {name}_row;
  logic [{word_bits - 1}:0] {name}_cells;
  logic [{n - 1}:0] {name}_rom_valid, {name}_rom_ready;
  logic [{n * word_bits - 1}:0] {name}_rom_data;
"""
    for i, a in enumerate(c["arrays"]):
        d += (f'  ohmic_weight_rom #(.File("{name}_{i}.hex"), .Words({a["rows"]}), .WordBits({word_bits})) '
              f"i_{name}_rom{i} (.clk_i, .rst_ni, .out_valid_o({name}_rom_valid[{i}]), "
              f".out_ready_i({name}_rom_ready[{i}]), "
              f".out_data_o({name}_rom_data[{i * word_bits} +: {word_bits}]));\n")
    return d + (
        f"  ohmic_array_writer #(.Arrays({n}), .ArrayRows({p['ArrayRows']}), .WordBits({word_bits}), "
        f".WriteCycles({cycles}), .ArrayBits({p['ArrayBits']}), .RowBits({p['RowBits']})) i_{name}_writer (.clk_i, "
        f".rst_ni, .in_valid_i({name}_rom_valid), .in_ready_o({name}_rom_ready), .in_data_i({name}_rom_data), "
        f".write_o({name}_write), .write_array_o({name}_array), .write_row_o({name}_row), "
        f".write_data_o({name}_cells), .done_o({name}_done));\n")


def tile(r, name, folder, digital):
    c = random_contents(r, digital)
    times, interval, latency = random_times(r, c)
    p = contents_parameters(c) | times
    core = Core("ohmic_tile_" + ("digital" if digital else "analog"), p, p["OutputSlots"], interval, latency,
                c["rows"] * c["x_bits"], c["columns"] * c["result_bits"],
                f", .write_i({name}_write), .write_array_i({name}_array), .write_row_i({name}_row), "
                f".write_data_i({name}_cells)")
    cycles = r.randint(1, 4)
    core.programming = cycles * sum(a["rows"] for a in c["arrays"]) + 2
    core.written = f"{name}_done"
    core.declarations = writing(c, p, name, cycles)
    write_roms(c, p, name, folder)
    for _ in range(VECTORS):
        x = [draw(r, c["x_bits"], c["x_signed"]) for _ in range(c["rows"])]
        core.add(pack(x, c["x_bits"]), pack(ref.tile(c, x), c["result_bits"]))
    return core
