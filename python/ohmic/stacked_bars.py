# SPDX-License-Identifier: Apache-2.0
"""Energy of many points side by side, each bar cut into components or layers."""

import numpy as np
import pandas as pd

from . import style
from .points import distinct_points, point_label
from .results import ResultError, spelled_out
from .run_figures import shortened

_MOST_BARS = 40


def energy_figure(sweep, points, by):
    """Stacked bars of energy per image by 'component' or 'layer', a bar for each point that differs in energy."""
    if "energy.per_image_pj" not in points.columns:
        return None
    points = points.dropna(subset=["energy.per_image_pj"])
    if points.empty:
        return None
    shown, matter = distinct_points(sweep, points, ["energy.per_image_pj"])
    left_out = max(0, len(shown) - _MOST_BARS)
    if left_out:
        shown = shown.nsmallest(_MOST_BARS, "energy.per_image_pj")
    table = _table(sweep, shown, by)
    if table.empty:
        return None
    constant = [p.label for p in sweep.parameters if p not in matter and len(p.values) > 1]
    sentences = [f"the same for every {' and '.join(constant)}"] if constant else []
    if left_out:
        sentences.append(f"the {_MOST_BARS} points with least energy, {left_out} left out")
    labels = [point_label(point, matter) or f"point {point['point']}" for _, point in shown.iterrows()]
    return _draw(table, labels, f"Energy of one image by {by}", "; ".join(sentences))


def _table(sweep, points, by):
    """Energy in pJ: a row for each point, a column for each part, largest part first, small ones joined."""
    rows = []
    for number in points["point"]:
        try:
            run = sweep.run(number)
        except ResultError:
            rows.append(pd.Series(dtype=float))
            continue
        rows.append(run.energy_by_component_pj() if by == "component" else run.energy_by_layer_pj())
    table = pd.DataFrame(rows).fillna(0.0).reset_index(drop=True)
    if table.empty:
        return table
    if by == "component":
        table = table[table.sum().sort_values(ascending=False, kind="stable").index].rename(columns=spelled_out)
    most = len(style.AREAS)
    if table.shape[1] > most:
        ranked = table.sum().sort_values(ascending=False, kind="stable").index
        kept = [name for name in table.columns if name in set(ranked[: most])]
        rest = table.drop(columns=kept).sum(axis=1)
        table = table[kept].assign(**{f"{len(ranked) - most} others": rest})
    return table


def _draw(table, labels, title, subtitle):
    unit = style.unit_for(table.sum(axis=1), "pj")
    # High enough for its legend, however few the bars.
    figure, axes = style.new_figure(title, subtitle, max(1.5 + 0.28 * len(table), 1.6 + 0.22 * table.shape[1]))
    left = np.zeros(len(table))
    places = np.arange(len(table))
    for index, name in enumerate(table.columns):
        values = table[name].to_numpy(float) * unit.factor
        colour = style.AREAS[index] if index < len(style.AREAS) else style.OTHER
        axes.barh(places, values, left=left, height=0.66, color=colour, edgecolor="white", linewidth=0.4,
                  label=shortened(name, 24))
        left += values
    for place, total in zip(places, left):
        axes.annotate(style.number_text(total), (total, place), (5, 0), textcoords="offset points", va="center",
                      fontsize=9, fontweight="bold")
    axes.set_yticks(places, labels)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0, 1.12 * left.max())
    axes.set_xlabel(f"energy per image / {unit.name}")
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    style.legend_at_right(axes)
    return figure
