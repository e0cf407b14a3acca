# SPDX-License-Identifier: Apache-2.0
"""The study of devices: sweeps of networks on devices as one table and two figures a network (scripts/device_study)."""

import pathlib

import numpy as np
import pandas as pd

from . import style
from .results import ResultError, load_sweep, parse_quantity

BITS = "architecture.array.adc.bits"
TIME = "evaluation.time_since_write"
COMPENSATION = "repair.drift_compensation"
RANGES = "repair.converter_ranges"
NAMES = {"rram": "RRAM (Wan 2022)", "pcm": "PCM (Joshi 2020)", "sram": "SRAM, charge domain", "resnet8": "ResNet-8",
         "resnet20": "ResNet-20"}
COLUMNS = ["network", "device", "time_since_write", "drift_compensation", "converter_ranges", "adc_bits", "trials", "images",
           "accuracy_float", "accuracy_integer", "accuracy_mean", "accuracy_std", "accuracy_ci95"]
_OWN_RANGES = {"nominal": "", "chip": ", ranges of the chip"}
_LATER_BITS = 8  # of the converters at all times but the first


def collect(folder):
    """A row per point of every sweep `folder`/<network>_<device>, in the order of the sweeps; accuracies are fractions
    of 1, ci95 is the half-width of the 95 % interval over chips. ResultError when there is no sweep, or one has a point
    that failed."""
    folder = pathlib.Path(folder)
    sweeps = sorted(path.parent for path in folder.glob("*_*/sweep.json"))
    if not sweeps:
        raise ResultError(f"{folder}: holds no sweeps of the study (<network>_<device>/sweep.json)")
    rows = [row for path in sweeps for row in _rows(path)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(path):
    sweep = load_sweep(path)
    network, device = path.name.split("_", 1)
    for _, point in sweep.points.iterrows():
        if point["error"]:
            raise ResultError(f"{path}: point {point['point']}: {point['error']}")
        yield [network, device, point.get(TIME, ""), point.get(COMPENSATION, "") == "true",
               point.get(RANGES, "") or "nominal", int(point[BITS]), int(point["accuracy.array.trials"]),
               int(point["accuracy.images"]), point["accuracy.float"], point["accuracy.integer"],
               point["accuracy.array.mean"], point.get("accuracy.array.std", np.nan),
               point.get("accuracy.array.ci95", np.nan)]


def write_study(folder, target):
    """Writes device_study.csv and the figures device_study_*.{png,svg} into `target`; returns their names."""
    target = pathlib.Path(target)
    table = collect(folder)
    table.to_csv(target / "device_study.csv", index=False, lineterminator="\n")
    written = ["device_study.csv"]
    with style.styled():
        for name, figure in figures(table):
            written += [path.name for path in style.save(figure, target, f"device_study_{name}")]
    return written


def figures(table):
    """(name, figure) by network: accuracy against ADC bits, and against the time since writing."""
    for network, rows in table.groupby("network", sort=False):
        yield f"{network}_adc_bits", against_bits(NAMES.get(network, network), rows)
        timed = against_time(NAMES.get(network, network), rows)
        if timed is not None:
            yield f"{network}_time", timed


def against_bits(title, rows):
    """Accuracy over ADC bits right after writing, a line for each device and each way to find the converters' ranges."""
    figure, axes = style.new_figure(f"{title}: accuracy against ADC bits", _sentence(rows), 4.0)
    fresh = rows[~rows["drift_compensation"]]
    fresh = fresh[fresh["time_since_write"] == fresh.groupby("device")["time_since_write"].transform("first")]
    for index, ((device, ranges), own) in enumerate(fresh.groupby(["device", "converter_ranges"], sort=False)):
        own = own.sort_values("adc_bits")
        when = own["time_since_write"].iloc[0]
        _line(axes, index, own["adc_bits"], own,
              NAMES.get(device, device) + (f", {when}" if when else "") + _OWN_RANGES[ranges])
    _finish(axes, rows, "ADC bits")
    axes.set_xticks(sorted(rows["adc_bits"].unique()))
    return figure


def against_time(title, rows):
    """Accuracy over the time since writing, a line for each device that has times and each repair of it."""
    rows = rows[(rows["adc_bits"] == _LATER_BITS) & (rows["time_since_write"] != "")]
    seconds = rows["time_since_write"].map(lambda text: parse_quantity(text)[0])
    rows = rows.assign(seconds=seconds)
    lines = [(*repaired, own.sort_values("seconds"))
             for repaired, own in rows.groupby(["device", "drift_compensation", "converter_ranges"], sort=False)
             if own["seconds"].nunique() > 1]
    if not lines:
        return None
    figure, axes = style.new_figure(f"{title}: accuracy against time since writing", f"ADC of {_LATER_BITS} bits", 4.0)
    for index, (device, compensated, ranges, own) in enumerate(lines):
        _line(axes, index, own["seconds"], own,
              NAMES.get(device, device) + (", compensated" if compensated else "") + _OWN_RANGES[ranges])
    axes.set_xscale("log")
    times = rows.drop_duplicates("seconds").sort_values("seconds")
    axes.set_xticks(times["seconds"], times["time_since_write"])
    axes.minorticks_off()
    _finish(axes, rows, "time since writing")
    return figure


def _line(axes, index, x, rows, label):
    colour = style.LINES[index % len(style.LINES)]
    percent = 100 * rows["accuracy_mean"]
    axes.errorbar(x, percent, yerr=style.percent_bars(percent, 100 * rows["accuracy_ci95"].to_numpy(float)), color=colour,
                  marker=style.MARKERS[index], markersize=6, linewidth=1.3, elinewidth=1, capsize=2.5, label=label)


def _finish(axes, rows, across):
    axes.axhline(100 * rows["accuracy_integer"].iloc[0], color=style.MUTED, linewidth=1, linestyle=(0, (4, 2)),
                 label="integers")
    axes.set_xlabel(across)
    axes.set_ylabel("accuracy / %")
    style.legend_at_right(axes)


def _sentence(rows):
    trials = sorted(rows["trials"].unique())
    return f"{rows['images'].iloc[0]} images, 95 % intervals over {' or '.join(map(str, trials))} chips"
