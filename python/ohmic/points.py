# SPDX-License-Identifier: Apache-2.0
"""What figures of a sweep need to know of its points: who dominates whom, which parameters matter, their names."""

import numpy as np

from .results import SweepResult

_SAME = 1e-12


def pareto_front(points, goals):
    """Mask of the points that no other point beats: at least as good in every key of `goals` ('max' or 'min') and
    better in one. Points with a missing number are on no front."""
    signed = np.column_stack([points[key] * (1 if goal == "min" else -1) for key, goal in goals.items()])
    front = np.isfinite(signed).all(axis=1)
    for index in np.flatnonzero(front):
        no_worse = (signed <= signed[index]).all(axis=1)
        better = (signed < signed[index]).any(axis=1)
        front[index] = not (no_worse & better).any()
    return front


def parameters_that_matter(sweep: SweepResult, points, keys):
    """Parameters that the numbers of `keys` depend on. One is left out only if there are points that differ in
    nothing else, and all of these agree."""
    kept = [parameter for parameter in sweep.parameters if len(parameter.values) > 1]
    for parameter in list(kept):
        others = [other.path for other in sweep.parameters if other is not parameter]
        groups = [group for _, group in points.groupby(others)] if others else [points]
        compared = any(len(group) > 1 for group in groups)
        if compared and all(_agree(group[list(keys)]) for group in groups):
            kept.remove(parameter)
    return kept


def distinct_points(sweep, points, keys):
    """One point of each combination of the parameters that matter for `keys`, and these parameters."""
    matter = parameters_that_matter(sweep, points, keys)
    paths = [parameter.path for parameter in matter]
    return (points.drop_duplicates(paths) if paths else points.head(1)), matter


def point_label(point, parameters):
    """'ADC bits 4 · array rows 64'."""
    return " · ".join(f"{parameter.label} {value_text(point[parameter.path])}" for parameter in parameters)


def value_text(value, limit=22):
    """A value of a parameter in a legend; a section of YAML is cut short."""
    if value == "":
        return "as in base"
    return value if len(value) <= limit else value[: limit - 1] + "…"


def _agree(numbers):
    """Whether all rows are the same numbers, but for rounding."""
    values = numbers.to_numpy(float)
    low, high = values.min(axis=0), values.max(axis=0)
    return bool(np.all((high - low <= _SAME * np.maximum(abs(low), abs(high))) | np.isnan(values).all(axis=0)))
