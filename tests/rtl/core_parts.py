# SPDX-License-Identifier: Apache-2.0
"""What makers of random cores share: packed numbers, requantization to output integers, a core with its vectors."""

import itertools

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
