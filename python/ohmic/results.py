# SPDX-License-Identifier: Apache-2.0
"""Results as Python objects. Names of keys end in their unit; accuracies are fractions of 1 (docs/results.md)."""

import dataclasses
import json
import pathlib
import re

import h5py
import numpy as np
import pandas as pd

# Factor to a base unit that all units of one quantity share.
_UNIT_FACTORS = {"min": 60.0, "h": 3600.0, "day": 86400.0, "days": 86400.0}
_UNIT_FACTORS |= {prefix + "s": factor for prefix, factor in
                  {"": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}.items()}
_PREFIX_FACTORS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30,
                   "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18}
_BASE_UNITS = ("S/s", "Hz", "B", "J", "W", "V", "A", "S", "ohm", "F", "m", "K")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*")


class ResultError(Exception):
    """A folder that holds no result, or a damaged one; the message is one line that begins with the place."""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A swept key of the configuration.

    path:   its dotted name, as in sweep.yaml and in the columns of sweep.csv
    values: the distinct values as text, in the order of the sweep
    """

    path: str
    values: tuple[str, ...]

    @property
    def numbers(self):
        """The values as floats in the base unit of their quantity (seconds, hertz, bytes, …; plain numbers as they
        are), or None when they are not all numbers of one quantity."""
        parsed = [parse_quantity(value) for value in self.values]
        if any(item is None for item in parsed) or len({quantity for _, quantity in parsed}) > 1:
            return None
        return [number for number, _ in parsed]

    @property
    def label(self):
        """Short name for legends and axes: 'ADC bits' for architecture.array.adc.bits."""
        return short_name(self.path)


@dataclasses.dataclass(frozen=True)
class Score:
    """What the answers of a network are measured by, and how it is told: accuracies, which are fractions of 1, in
    percent; errors against targets in their unit.

    section: of summary.json
    goal:    'max' or 'min', which of two is the better one
    factor:  to the numbers that are shown
    unit:    behind them, with a space before it
    number:  format of such a number
    axis:    label of differences
    """

    section: str
    goal: str
    name: str
    factor: float
    unit: str
    number: str
    axis: str

    def key(self, name):
        """Result key of what is named below its section: 'accuracy.array.mean'."""
        return f"{self.section}.{name}"

    def text(self, value, half_width=np.nan):
        """'91.25 ± 0.31 %', without an interval '91.25 %'; a dash where there is no value."""
        if value is None or not np.isfinite(value):
            return "–"
        spread = f" ± {self.number.format(self.factor * half_width)}" if np.isfinite(half_width) else ""
        return self.number.format(self.factor * value) + spread + self.unit


ACCURACY_SCORE = Score("accuracy", "max", "accuracy", 100, " %", "{:.2f}", "accuracy / percentage points")


@dataclasses.dataclass(frozen=True)
class RunResult:
    """One run.

    path:    its folder
    summary: summary.json as it is; energies in pJ of all `energy.images` images, areas in mm2
    layers:  a row per layer, columns as in layers.csv: cycles of the busiest stage, energy_per_image_pj
    """

    path: pathlib.Path
    summary: dict
    layers: pd.DataFrame

    @property
    def name(self):
        return str(self.summary.get("name", self.path.name))

    @property
    def warnings(self):
        return [str(text) for text in self.summary.get("warnings", [])]

    def get(self, dotted, default=None):
        """Value of a dotted key such as 'timing.latency_cycles'; `default` where it was not computed."""
        value = self.summary
        for key in dotted.split("."):
            if not isinstance(value, dict) or key not in value:
                return default
            value = value[key]
        return value

    def energy_by_component_pj(self):
        """Energy of one image by component, pJ, largest first; components that used none are left out."""
        return self._per_image("energy.by_component_pj")

    def energy_by_layer_pj(self):
        """Energy of one image by layer, pJ, in the order of the network, 'shared' last."""
        return self._per_image("energy.by_layer_pj", by_size=False)

    def area_by_component_mm2(self):
        """Area of the chip by component, mm2, largest first."""
        return _positive(self.get("area.by_component_mm2", {}), 1)

    def trials(self):
        """Score of each trial (chip), from result.h5: accuracy as a fraction of 1, or the error of a network that does
        not classify in the unit of its targets."""
        return self._from_hdf5(f"/{self.score.section}/array/trials")

    @property
    def score(self):
        """The Score of this run: its accuracy, or the metric of a network that does not classify."""
        if "metric" not in self.summary:
            return ACCURACY_SCORE
        name, unit = str(self.get("metric.name", "error")).upper(), str(self.get("metric.unit", "1"))
        has_unit = unit != "1"
        axis = f"{name} / {unit}" if has_unit else name
        return Score("metric", "min", name, 1, f" {unit}" if has_unit else "", "{:.4g}", axis)

    def square_errors(self):
        """Mean over the outputs of (output - target)^2, [trial, image], from result.h5; one row where all chips are
        alike. Of networks that do not classify."""
        return self._from_hdf5("/metric/array/square_errors")

    def predictions(self):
        """Predicted class of every image, [trial, image], from result.h5; one row where all chips are alike."""
        return self._from_hdf5("/accuracy/array/predictions")

    def correct(self):
        """Whether each image was classified right, [trial, image], from result.h5; rows as in predictions()."""
        images = len(self._from_hdf5("/accuracy/labels"))
        packed = self._from_hdf5("/accuracy/array/correct")
        return np.unpackbits(packed, axis=1, count=images, bitorder="little").astype(bool)

    def attribution(self, what):
        """What each 'cause' or 'layer' costs: a row for each, columns `what`, loss, loss_ci95, gain, gain_ci95 in
        fractions of 1 (NaN: one trial has no interval). Empty where it was not computed."""
        effects = self.get(f"attribution.{what}s", [])
        try:
            return pd.DataFrame([{what: str(effect[what])}
                                 | {key: float(effect[key]["mean"]) for key in ("loss", "gain")}
                                 | {f"{key}_ci95": float(effect[key].get("ci95", np.nan)) for key in ("loss", "gain")}
                                 for effect in effects])
        except (KeyError, TypeError, AttributeError, ValueError):
            place = self.path / "summary.json"
            raise ResultError(f"{place}: attribution.{what}s: should be a list of losses and gains") from None

    def result_cycles(self):
        """Cycle of the last beat of each simulated image's result, from result.h5."""
        return self._from_hdf5("/timing/result_cycles")

    def _per_image(self, key, by_size=True):
        images = self.get("energy.images") or 1
        return _positive(self.get(key, {}), images, by_size)

    def _from_hdf5(self, dataset):
        file = self.path / "result.h5"
        try:
            with h5py.File(file) as content:
                return np.asarray(content[dataset])
        except (OSError, KeyError) as error:
            raise ResultError(f"{file}: {dataset} cannot be read: {error}") from None


@dataclasses.dataclass(frozen=True)
class SweepResult:
    """One sweep.

    path:       its folder
    name:       of the sweep
    parameters: what was varied, in the order of the sweep
    objectives: result key → 'max' or 'min'
    points:     a row per point: `point`, the parameters as text under their dotted names, result keys as floats
                (NaN: not computed), `error` (text, empty when the point ran)
    """

    path: pathlib.Path
    name: str
    parameters: tuple[Parameter, ...]
    objectives: dict
    points: pd.DataFrame

    def values(self, key):
        """Column of a result key as floats, NaN where it was not computed."""
        if key not in self.points.columns:
            return pd.Series(np.nan, index=self.points.index)
        return self.points[key]

    def finished(self):
        """Points that ran."""
        return self.points[self.points["error"] == ""]

    @property
    def score(self):
        """The Score of its points, as the first of them has it; accuracy where they differ."""
        finished = self.finished()
        if finished.empty or ACCURACY_SCORE.key("array.mean") in self.points or "metric.value" not in self.points:
            return ACCURACY_SCORE
        return self.run(finished.iloc[0]["point"]).score

    def run(self, point):
        """The result of one point, by its number."""
        return load_run(self.path / "points" / str(point))


_TEXTS = {"timing.bottleneck.resource"}


def _texts(value, path):
    """(dotted path, text) of every text below a value."""
    if isinstance(value, str):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in items:
        yield from _texts(part, f"{path}.{name}")


def load_run(folder):
    """Reads the result of `ohmic run`; ResultError when `folder` holds none."""
    folder = pathlib.Path(folder)
    summary = _read_json(folder / "summary.json")
    if not isinstance(summary.get("layers", []), list):
        raise ResultError(f"{folder / 'summary.json'}: layers: should be a list")
    for section in ("accuracy", "metric", "timing", "energy", "area", "attribution", "provenance"):
        if not isinstance(summary.get(section, {}), dict):
            raise ResultError(f"{folder / 'summary.json'}: {section}: should be a section")
    for section in ("accuracy", "timing", "energy", "area", "efficiency"):
        for path, value in _texts(summary.get(section, {}), section):
            if path not in _TEXTS:
                raise ResultError(f"{folder / 'summary.json'}: {path}: should be a number, not '{value}'")
    return RunResult(folder, summary, pd.DataFrame(summary.get("layers", [])))


def load_sweep(folder):
    """Reads the result of `ohmic sweep`; ResultError when `folder` holds none."""
    folder = pathlib.Path(folder)
    description = _read_json(folder / "sweep.json")
    described = description.get("parameters", {})
    if not isinstance(described, dict) or not all(isinstance(values, list) for values in described.values()):
        raise ResultError(f"{folder / 'sweep.json'}: parameters: should be lists of values by name")
    points = _read_points(folder / "sweep.csv", list(described))
    parameters = tuple(Parameter(path, _order_values(points[path], values)) for path, values in described.items())
    return SweepResult(folder, str(description.get("name", folder.name)), parameters,
                       description.get("objectives", {}), points)


def load(folder):
    """A SweepResult or a RunResult, whichever the folder holds."""
    folder = pathlib.Path(folder)
    if (folder / "sweep.json").exists():
        return load_sweep(folder)
    if (folder / "summary.json").exists():
        return load_run(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: is not a folder")
    raise ResultError(f"{folder}: is not a result: it holds neither summary.json (of a run) nor sweep.json (of a sweep)")


def short_name(path):
    """'architecture.array.adc.bits' → 'ADC bits', 'architecture.array.cell.device.read_noise' → 'read noise'."""
    parts = path.split(".")
    generic = {"bits", "rate", "kind", "time", "use", "range", "size", "x", "y", "rows", "columns", "encoding", "scale"}
    kept = parts[-2:] if parts[-1] in generic else parts[-1:]
    return spelled_out(" ".join(kept))


def spelled_out(name):
    """A key as words: 'input_register' → 'input register', 'adc' → 'ADC'."""
    return " ".join(word.upper() if word in {"adc", "dac"} else word for word in name.replace("_", " ").split())


def parse_quantity(text):
    """(number in base units, quantity) of '10 ns' or '0.05'; None when it is neither."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    number, unit = float(match[1]), match[2]
    if not unit:
        return number, ""
    if unit in _UNIT_FACTORS:
        return number * _UNIT_FACTORS[unit], "s"
    for base in _BASE_UNITS:
        if unit.endswith(base) and unit[: -len(base)] in _PREFIX_FACTORS:
            return number * _PREFIX_FACTORS[unit[: -len(base)]], base
    return number, unit


def _positive(values, divisor, by_size=True):
    series = pd.Series({name: float(value) / divisor for name, value in values.items()}, dtype=float)
    series = series[series > 0]
    return series.sort_values(ascending=False, kind="stable") if by_size else series


def _read_json(file):
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ResultError(f"{file}: is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ResultError(f"{file}: should hold one JSON object")
    return content


def _read_points(file, parameters):
    try:
        points = pd.read_csv(file, dtype=str, keep_default_na=False)
    except OSError as error:
        raise ResultError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ResultError(f"{file}: is not a table: {error}") from None
    for name in ["point", *parameters]:
        if name not in points.columns:
            raise ResultError(f"{file}: has no column '{name}'")
    if points.empty:
        raise ResultError(f"{file}: has no points")
    if "error" not in points.columns:
        points["error"] = ""
    for name in points.columns:
        if name not in (*parameters, "error"):
            points[name] = _as_numbers(file, points, name)
    return points


def _as_numbers(file, points, name):
    column = points[name].replace("", np.nan)
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column.notna() & numbers.isna()
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0]) + 2
        raise ResultError(f"{file}:{line}: {name}: '{column[wrong].iloc[0]}' is not a number")
    return numbers.astype(int) if name == "point" and numbers.notna().all() else numbers


def _order_values(column, described):
    """Distinct texts of a column: numbers ascending, others in the order of the description."""
    texts = list(dict.fromkeys(column))
    parsed = [parse_quantity(text) for text in texts]
    if all(parsed) and len({quantity for _, quantity in parsed}) == 1:
        return tuple(text for _, text in sorted(zip(parsed, texts), key=lambda pair: pair[0][0]))
    order = [value if isinstance(value, str) else json.dumps(value) for value in described]
    return tuple(sorted(texts, key=lambda text: order.index(text) if text in order else len(order)))
