# SPDX-License-Identifier: Apache-2.0
"""Random combine stages, pools and multiply lanes for cores_bench.cpp."""

import reference as ref
from core_parts import (VECTORS, Core, draw, flag, hexed, outputs_of, pack, packed, random_output, random_requant,
                        requant_parameters)


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
    word_bits, latency = inputs * outputs * weight_bits, r.randint(1, 12)
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
    core.declarations = f"""  logic {name}_filled, {name}_valid, {name}_ready;
  logic [{word_bits - 1}:0] {name}_word;
  ohmic_weight_stream #(.File("{name}.hex"), .Words({n}), .WordBits({word_bits}), .LatencyCycles({latency})) i_{name}_words (.clk_i, .rst_ni, .filled_o({name}_filled), .word_valid_o({name}_valid), .word_ready_i({name}_ready), .word_data_o({name}_word));
"""
    core.programming = 2 * latency + 2
    core.written = f"{name}_filled"
    lfsr = ref.Lfsr(c["seed"])
    for _ in range(3 * VECTORS):
        x = [draw(r, x_bits, x_signed) for _ in range(rows)]
        accs = [sum(w * (v - zero) for w, v in zip(of, x)) for of in weights]
        core.add(pack(x, x_bits), pack(outputs_of(c, accs, outputs, lfsr), c["out_bits"]))
    return core
