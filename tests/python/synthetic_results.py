# SPDX-License-Identifier: Apache-2.0
"""Folders as `ohmic run` and `ohmic sweep` write them, from formulas."""

import csv
import itertools
import json

import h5py
import numpy as np


def summary(bits=6, rows=128, noise=0.0, trials=5, warnings=()):
    """A summary whose energy depends on bits and rows and whose accuracy depends on all three."""
    adc_pj = 100.0 * 2**bits * (256 / rows)
    components = {"adc": adc_pj, "array": 900.0, "buffer": 400.0, "pool": 0.0}
    images = 10
    total = sum(components.values())
    accuracy = {"float": 0.985, "integer": 0.98, "images": images, "array": {
        "mean": round(0.98 - 0.6 / 4**(bits - 3) - noise, 6), "std": 0.01, "trials": trials}}
    if trials > 1:
        accuracy["array"]["ci95"] = 0.012
    return {
        "name": "synthetic",
        "accuracy": accuracy,
        "timing": {"clock_ghz": 1.0, "latency_cycles": 1500 + 64 * (256 // rows), "interval_cycles": 768.0,
                   "interval_period_images": 1, "latency_ns": 1500.0 + 64 * (256 // rows), "images_per_s": 1e9 / 768,
                   "programming_cycles": 4000},
        "energy": {"total_pj": total * images, "per_image_pj": total, "leakage_per_image_pj": 100.0, "images": images,
                   "by_component_pj": {name: value * images for name, value in components.items()},
                   "by_layer_pj": {"conv1": 0.25 * total * images, "fc": 0.5 * total * images,
                                   "shared": 0.25 * total * images}},
        "area": {"total_mm2": 1.0 + 0.05 * 2**bits, "by_component_mm2": {"adc": 0.05 * 2**bits, "array": 1.0}},
        "efficiency": {"tops": 0.4, "tops_per_w": 0.5, "tops_per_mm2": 0.1, "power_w": 0.8},
        "mapping": {"arrays_used": 6, "arrays_available": 8, "cell_utilisation": 0.5},
        "layers": [
            {"name": "conv1", "operation": "matrix", "rows": 9, "columns": 8, "pixels": 64, "arrays": 4, "replicas": 4,
             "cell_utilisation": 0.1, "conversions_per_image": 4096, "first_output_cycles": 60, "interval_cycles": 12.0,
             "busy_cycles": 700, "stalled_input_cycles": 30, "stalled_output_cycles": 60, "stalled_network_cycles": 10,
             "busiest_stage": "conv1.r0.t0", "energy_per_image_pj": 0.25 * total},
            {"name": "fc", "operation": "matrix", "rows": 128, "columns": 10, "pixels": 1, "arrays": 2, "replicas": 1,
             "cell_utilisation": 0.6, "conversions_per_image": 640, "first_output_cycles": 900,
             "interval_cycles": 768.0, "busy_cycles": 96, "stalled_input_cycles": 670, "stalled_output_cycles": 2,
             "stalled_network_cycles": 0, "busiest_stage": "fc.r0.t1", "energy_per_image_pj": 0.5 * total},
        ],
        "warnings": list(warnings),
        "provenance": {"version": "0.1.0", "seed": 1, "config_digest": "ab" * 32},
    }


def statistics(mean, ci95=None):
    """Mean and spread as summary.json has them."""
    return {"mean": mean, "std": 0.01} | ({"ci95": ci95} if ci95 is not None else {})


def attribution(trials=5):
    """Three causes, of which one helps a little, and two layers; intervals where there are trials for them."""
    def effect(key, name, loss, gain, ci95):
        half = ci95 if trials > 1 else None
        return {key: name, "alone": statistics(0.98 - loss, half), "loss": statistics(loss, half),
                "removed": statistics(0.9 + gain, half), "gain": statistics(gain, half)}

    return {
        "images": 10, "trials": trials, "integer": 0.98, "chip": statistics(0.9, 0.01), "loss": statistics(0.08, 0.01),
        "causes": [effect("cause", "programming_error", 0.05, 0.062, 0.011), effect("cause", "read_noise", 0.0, -0.004, 0.006),
                   effect("cause", "adc_resolution", 0.012, 0.02, 0.003)],
        "layers": [effect("layer", "conv1", 0.07, 0.075, 0.012), effect("layer", "fc", 0.004, 0.006, 0.004)],
        "most_harmful_cause": "programming_error", "most_harmful_layer": "conv1",
    }


def write_run(folder, attributed=None, **options):
    """A run's folder; `options` are those of summary(); `attributed`: trials of an attribution, None for none."""
    folder.mkdir(parents=True)
    content = summary(**options)
    if attributed is not None:
        content["attribution"] = attribution(attributed)
    (folder / "summary.json").write_text(json.dumps(content, indent=2))
    with h5py.File(folder / "result.h5", "w") as file:
        file["/accuracy/array/trials"] = [content["accuracy"]["array"]["mean"]] * content["accuracy"]["array"]["trials"]
        file["/timing/result_cycles"] = [1500, 2268]
        file["/accuracy/labels"] = np.arange(10)
        file["/accuracy/array/predictions"] = [np.arange(10), np.full(10, 9)]
        file["/accuracy/array/correct"] = np.array([[0xFF, 0x03], [0x00, 0x02]], np.uint8)
    return folder


def flat_numbers(content, path=""):
    """Dotted path → number of everything but layers, warnings and provenance."""
    numbers = {}
    for key, value in content.items():
        if path == "" and key in ("layers", "warnings", "provenance"):
            continue
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            numbers |= flat_numbers(value, name)
        elif isinstance(value, (int, float)):
            numbers[name] = value
    return numbers


PARAMETERS = {
    "architecture.array.adc.bits": ([4, 5, 6, 8], "bits"),
    "architecture.array.rows": ([64, 128], "rows"),
    "architecture.array.cell.device.read_noise": ([0, 0.05, 0.1], "noise"),
}


def write_sweep(folder, parameters=None, failing=(), trials=5):
    """A grid's folder. `parameters`: path → (values, name of summary()'s option or None); `failing`: numbers of points
    without a result."""
    parameters = parameters or PARAMETERS
    folder.mkdir(parents=True)
    rows = []
    for number, values in enumerate(itertools.product(*(values for values, _ in parameters.values()))):
        row = {"point": number} | dict(zip(parameters, values))
        if number in failing:
            row["error"] = "the network does not fit, 3 arrays short"
        else:
            options = {name: value for (_, name), value in zip(parameters.values(), values) if name}
            warnings = ["noise is large"] if options.get("noise", 0) > 0.07 else []
            write_run(folder / "points" / str(number), trials=trials, warnings=warnings, **options)
            row |= flat_numbers(summary(trials=trials, **options))
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(folder / "sweep.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "sweep.json").write_text(json.dumps({
        "name": "synthetic sweep", "parameters": {path: values for path, (values, _) in parameters.items()},
        "objectives": {"accuracy.array.mean": "max", "energy.per_image_pj": "min"}, "points": len(rows)}))
    return folder
