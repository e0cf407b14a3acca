# SPDX-License-Identifier: Apache-2.0
"""What the cores compute, in plain integers, from docs/hardware.md and docs/arrays.md. Shares nothing with the RTL."""


def rounded(value, shift, mode):
    """value / 2^shift; mode: half_even, half_up, half_away, floor."""
    if shift <= 0:
        return value << -shift
    floor, rest, half = value >> shift, value & ((1 << shift) - 1), 1 << (shift - 1)
    up = {
        "floor": False,
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and floor & 1 == 1),
        "half_away": rest > half or (rest == half and value > 0),
    }[mode]
    return floor + (1 if up else 0)


def wrapped(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def clamp(value, low, high):
    return max(low, min(high, value))


def output_range(bits, signed):
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


class Lfsr:
    """x^8 + x^6 + x^5 + x^4 + 1."""

    def __init__(self, seed):
        self.state = seed

    def alpha(self):
        return 8 + (((self.state & 15) * 13) >> 4)

    def step(self):
        s = self.state
        self.state = (s << 1 | (s >> 7 ^ s >> 5 ^ s >> 4 ^ s >> 3) & 1) & 255


def quotient(acc, requant, index):
    shift = requant["shift"][index % len(requant["shift"])]
    if not requant["multiplier"]:
        return rounded(acc, shift, requant["rounding"] if requant["rounding"] != "tflite" else "half_away")
    product = acc * requant["multiplier"][index % len(requant["multiplier"])]
    if requant["rounding"] != "tflite":
        return rounded(product, shift, requant["rounding"])
    if shift <= 31:
        return rounded(product, shift, "half_up")
    return rounded(rounded(product, 31, "half_up"), shift - 31, "half_away")


def output(acc, column, c, alpha):
    """Accumulator plus bias to output integer; `c` is the configuration of a core."""
    acc += c["bias"][column]
    bits = c["accumulator"]
    acc = clamp(acc, -(1 << (bits - 1)), (1 << (bits - 1)) - 1) if c["saturate"] else wrapped(acc, bits)
    q = quotient(acc, c["requant"], column)
    if q < 0 and c["activation"] == 1:
        q = 0
    if q < 0 and c["activation"] >= 2:
        q = (q * alpha + (32 if c["half_up"] else 0)) >> 6
    return clamp(q + c["zero_point"], *output_range(c["out_bits"], c["out_signed"]))


def digit(v, step, t):
    if step["encoding"] == 2:
        return 1 if v >> step["shift"][t] & 1 else -1
    if step["encoding"] == 1:
        v = max(-v if step["negative"][t] else v, 0)
    return v >> step["shift"][t] & ((1 << step["bits"][t]) - 1)


def level(c, code):
    return 2 * code - 1 if c["xnor"] else code


def tile(c, x, seen=None):
    """Result of one vector; c["cells"][array][polarity][slice][row][column] are cell codes. `seen` collects what is
    converted."""
    s = c["steps"]
    weight_t = [(-1 if m else 1) << sh for m, sh in zip(s["minus"], s["shift"])]
    weight_s = c["slice_weight"]
    result = [0] * c["columns"]
    step_groups = [range(len(weight_t))] if c["analog_inputs"] else [range(t, t + 1) for t in range(len(weight_t))]
    slice_groups = [range(len(weight_s))] if c["analog_slices"] else [range(k, k + 1) for k in range(len(weight_s))]
    apart = c["polarities"] == 2 and not c["analog_polarity"]
    for a, array in enumerate(c["arrays"]):
        cells = c["cells"][a]
        v = [x[array["row"] + r] - c["offset"] for r in range(array["rows"])]
        for column in range(array["columns"]):
            to = array["column"] + column
            low, step, base, unit = c["ranges"][to % len(c["ranges"])]
            for begin in range(0, array["rows"], c["parallel"]):
                rows = range(begin, min(begin + c["parallel"], array["rows"]))
                for ts in step_groups:
                    for ks in slice_groups:
                        for p in ([0, 1] if apart else [None]):
                            value = 0
                            for r in rows:
                                drive = sum(weight_t[t] // weight_t[ts[0]] * digit(v[r], s, t) for t in ts)
                                conduct = 0
                                for k in ks:
                                    one = level(c, cells[p or 0][k][r][column])
                                    if p is None and c["polarities"] == 2:
                                        one -= level(c, cells[1][k][r][column])
                                    conduct += weight_s[k] // weight_s[ks[0]] * one
                                value += conduct * drive
                            if seen is not None:
                                seen.append(value)
                            weight = weight_t[ts[0]] * weight_s[ks[0]] * (-1 if p == 1 else 1)
                            if c["digital"]:
                                result[to] += weight * value
                                continue
                            above = value * 65536 - low
                            code, rest = divmod(above, step)
                            code += 1 if 2 * rest > step or (2 * rest == step and code & 1) else 0
                            code = clamp(code, 0, (1 << c["adc_bits"]) - 1)
                            result[to] += weight * (base + code * unit)
            result[to] += c["input_sum"] * sum(v)
    return [wrapped(r, c["result_bits"]) for r in result]
