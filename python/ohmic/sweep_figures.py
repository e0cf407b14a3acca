# SPDX-License-Identifier: Apache-2.0
"""Figures of a sweep: what accuracy, energy, time and area trade for each other."""

import dataclasses

import matplotlib.lines
import matplotlib.ticker
import numpy as np

from . import stacked_bars, style
from .points import distinct_points, parameters_that_matter, pareto_front, value_text
from .results import ACCURACY_SCORE, Score, SweepResult

ENERGY = "energy.per_image_pj"
LATENCY = "timing.latency_ns"
AREA = "area.total_mm2"


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A result key as an axis."""

    key: str
    goal: str
    name: str
    kind: str  # of style.unit_for, '' for a score
    score: Score | None = None


def _quantity_of(score):
    return Quantity(score.key("array.mean"), score.goal, score.name, "", score)


_ENERGY = Quantity(ENERGY, "min", "energy per image", "pj")
_LATENCY = Quantity(LATENCY, "min", "latency of one image", "ns")
_AREA = Quantity(AREA, "min", "area of the chip", "mm2")


def figures(sweep: SweepResult):
    """(name, figure) of every figure that the sweep has numbers for."""
    points = sweep.finished()
    if points.empty:
        return
    score = sweep.score
    yield from _named(f"{score.name.lower()}_vs_energy", trade_off(sweep, points, _ENERGY, _quantity_of(score)))
    for parameter in sweep.parameters:
        if parameter.numbers is not None and len(parameter.values) > 1:
            name = f"{score.name.lower()}_vs_" + parameter.label.lower().replace(" ", "_")
            yield from _named(name, score_against(sweep, points, parameter, score))
    yield from _named("latency_vs_area", trade_off(sweep, points, _AREA, _LATENCY))
    yield from _named("energy_by_component", stacked_bars.energy_figure(sweep, points, "component"))
    yield from _named("energy_by_layer", stacked_bars.energy_figure(sweep, points, "layer"))


def trade_off(sweep, points, across, up):
    """Points in the plane of two quantities with 95 % intervals and the front of those that no other beats."""
    points = _with_numbers(points, (across.key, up.key))
    if points.empty:
        return None
    if up.score is not None:
        shown, matter = points, parameters_that_matter(sweep, points, (across.key, up.key))
    else:
        shown, matter = distinct_points(sweep, points, (across.key, up.key))
    looks = Looks(matter)
    x, x_unit = _scaled(shown, across)
    y, y_unit = _scaled(shown, up)
    front = pareto_front(shown, {across.key: across.goal, up.key: up.goal})
    errors = _intervals(shown, up.score)
    figure, axes = style.new_figure(f"{_capitalized(up.name)} against {across.name}", _front_sentence(errors, front), 4.6)
    _draw_front(axes, x[front], y[front])
    for (_, point), px, py, error, is_best in zip(shown.iterrows(), x, y, errors, front):
        look = looks.of(point)
        if np.isfinite(error):
            axes.errorbar(px, py, yerr=_drawn([py], [error], up.score), color=look["markeredgecolor"], elinewidth=1,
                          capsize=2.5, alpha=0.75)
        axes.plot(px, py, markersize=7.5 if is_best else 6, zorder=4 if is_best else 3, **look)
    axes.set_xlabel(f"{across.name} / {x_unit}")
    axes.set_ylabel(f"{up.name} / {y_unit}" if y_unit else up.name)
    axes.margins(x=0.06, y=0.08)
    if up.score is ACCURACY_SCORE:
        _accuracy_axis(axes, y, errors)
    front_line = matplotlib.lines.Line2D([], [], color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 2)))
    looks.legend(axes, [(front_line, "Pareto front")] if front.sum() > 1 else [])
    return figure


def score_against(sweep, points, parameter, score):
    """The score over the values of one parameter, a line for each combination of the others that matter."""
    mean = score.key("array.mean")
    points = _with_numbers(points, (mean,))
    if points.empty or points[parameter.path].nunique() < 2:
        return None
    others = [other for other in parameters_that_matter(sweep, points, (mean,)) if other.path != parameter.path]
    looks = Looks(others)
    place = dict(zip(parameter.values, _axis_places(parameter)))
    title = f"{_capitalized(score.name)} against {parameter.label}"
    figure, axes = style.new_figure(title, _interval_sentence(_intervals(points, score)), 4.3)
    groups = [group for _, group in points.groupby([o.path for o in others], sort=False)] if others else [points]
    width = 0.008 * (max(place.values()) - min(place.values()))
    for index, group in enumerate(groups):
        group = group.assign(place=group[parameter.path].map(place)).drop_duplicates("place").sort_values("place")
        # Lines stand side by side by a little, so that intervals do not cover each other.
        x = group["place"] + (index - (len(groups) - 1) / 2) * width * min(1, 8 / len(groups))
        look = looks.of(group.iloc[0]) | {"linestyle": "-"}
        colour = look["markeredgecolor"]
        y = score.factor * group[mean].to_numpy(float)
        axes.errorbar(x, y, yerr=_drawn(y, _intervals(group, score), score), elinewidth=1, capsize=2.5,
                      linewidth=1.3, markersize=6, ecolor=colour, **(look | {"color": colour}))
    _label_places(axes, parameter, place)
    rows, references = _reference_lines(axes, points, score)
    axes.set_ylabel(f"{score.name} /{score.unit}" if score.unit else score.name)
    if score is ACCURACY_SCORE:
        means = np.concatenate([score.factor * points[mean].to_numpy(float), references])
        _accuracy_axis(axes, means, np.concatenate([_intervals(points, score), np.zeros(len(references))]))
    looks.legend(axes, rows)
    return figure


class Looks:
    """Colour for the values of the first parameter, marker for the second, filling for the third."""

    def __init__(self, parameters):
        self._colour, self._marker, self._fill = (list(parameters[:3]) + [None] * 3)[:3]
        self._ignored = parameters[3:]
        self._colours = {}
        if self._colour is not None:
            ordered = self._colour.numbers is not None
            palette = style.sequence_colours if ordered else style.category_colours
            self._colours = dict(zip(self._colour.values, palette(len(self._colour.values))))

    def of(self, point):
        """Arguments of a plot call for a point's marker."""
        colour = self._colours[point[self._colour.path]] if self._colour is not None else style.LINES[0]
        marker, paleness = style.MARKERS[0], 0.0
        if self._marker is not None:
            marker = self._marker_of(point[self._marker.path])
        if self._fill is not None:
            paleness = self._paleness_of(point[self._fill.path])
        return {"linestyle": "none", "marker": marker, "markeredgecolor": colour, "markeredgewidth": 1.3,
                "markerfacecolor": style.towards_white(colour, paleness), "color": colour}

    def legend(self, axes, before):
        """Legend at the right: what stands in `before` [(handle, label)], then the parameters and their values."""
        rows = list(before)
        if self._colour is not None:
            rows += self._section(self._colour, lambda v: {"marker": "o", "color": self._colours[v]})
        if self._marker is not None:
            rows += self._section(self._marker, lambda v: {"marker": self._marker_of(v), "color": style.MUTED})
        if self._fill is not None:
            rows += self._section(self._fill, lambda v: {
                "marker": "o", "color": style.MUTED,
                "markerfacecolor": style.towards_white(style.MUTED, self._paleness_of(v))})
        if self._ignored:
            rows.append(_heading("not told apart: " + ", ".join(p.label for p in self._ignored)))
        if rows:
            legend = style.legend_at_right(axes, rows, handlelength=1.6, labelspacing=0.45)
            for text in legend.get_texts():
                if text.get_text() in {p.label for p in (self._colour, self._marker, self._fill) if p is not None}:
                    text.set_fontweight("bold")

    @staticmethod
    def _section(parameter, look):
        yield _heading(parameter.label)
        for value in parameter.values:
            yield (matplotlib.lines.Line2D([], [], linestyle="none", markersize=6.5, markeredgewidth=1.3,
                                           **look(value)), value_text(value))

    def _marker_of(self, value):
        return style.MARKERS[self._marker.values.index(value) % len(style.MARKERS)]

    def _paleness_of(self, value):
        values = self._fill.values
        return values.index(value) / (len(values) - 1) if len(values) > 1 else 0.0


def _named(name, figure):
    if figure is not None:
        yield name, figure


def _capitalized(name):
    return name[0].upper() + name[1:]


def _heading(text):
    return matplotlib.lines.Line2D([], [], linestyle="none"), text


def _with_numbers(points, keys):
    if not set(keys) <= set(points.columns):
        return points.iloc[:0]
    return points.dropna(subset=list(keys))


def _scaled(points, quantity):
    """(numbers to draw, their unit)."""
    values = points[quantity.key].to_numpy(float)
    if quantity.score is not None:
        return quantity.score.factor * values, quantity.score.unit.strip()
    unit = style.unit_for(values, quantity.kind)
    return values * unit.factor, unit.name


def _intervals(points, score):
    """Half-widths as they are drawn; NaN where a point has one trial only, and of what is no score."""
    if score is None or score.key("array.ci95") not in points.columns:
        return np.full(len(points), np.nan)
    return score.factor * points[score.key("array.ci95")].to_numpy(float)


def _drawn(values, half_widths, score):
    """What errorbar() takes."""
    return style.percent_bars(values, half_widths) if score is ACCURACY_SCORE else np.nan_to_num(half_widths)


def _interval_sentence(intervals):
    if np.isnan(intervals).all():
        return "one trial for each point"
    return "bars: 95 % confidence of the mean over trials (chips)"


def _front_sentence(intervals, front):
    has_bars = not np.isnan(intervals).all()
    return "; ".join((["bars: 95 % confidence over trials"] if has_bars else [])
                     + (["large: on the Pareto front"] if front.sum() > 1 else []))


def _draw_front(axes, x, y):
    """Steps between the points of a front: what lies between two of them has not been seen."""
    order = np.argsort(x, kind="stable")
    if len(order) > 1:
        axes.step(x[order], y[order], where="post", color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 2)), zorder=2)


def _accuracy_axis(axes, percent, errors):
    """Room for all intervals. Where points spread from good to useless, the axis is stretched towards 100 %: the last
    percent matters as much as the first fifty."""
    spread = np.nan_to_num(np.asarray(errors, float))
    low, high = max(np.min(percent - spread), 0), min(np.max(percent + spread), 100)
    if high - low > _STRETCH_BEYOND and high > 90:
        axes.set_yscale("function", functions=(_stretch, _unstretch))
        ticks = [tick for tick in _STRETCHED_TICKS if tick > low - 10]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.set_ylim(_unstretch(_stretch(low) - 0.25), _unstretch(_stretch(high) + 0.25))
        axes.set_ylabel("accuracy / %, stretched towards 100")
        return
    margin = max(0.06 * (high - low), 0.3)
    axes.set_ylim(max(low - margin, -2), min(high + margin, 101))
    axes.set_yticks([tick for tick in axes.get_yticks() if low - margin <= tick <= 100])
    axes.set_ylabel("accuracy / %")


_STRETCH_BEYOND = 12  # percent
_STRETCHED_TICKS = (0, 20, 40, 60, 70, 80, 90, 95, 98, 99, 100)


def _stretch(percent):
    return -np.log(np.maximum(102 - np.asarray(percent, float), 1e-3))


def _unstretch(place):
    return 102 - np.exp(-np.asarray(place, float))


def _reference_lines(axes, points, score):
    """Lines for the networks without a chip, where they are the same in all points: their entries in the legend, and
    where they are drawn."""
    rows, places = [], []
    for key, label, dashes in ((score.key("float"), "float network", (0, (1, 1.5))),
                               (score.key("integer"), "integer network", (0, (5, 2)))):
        values = points[key].dropna().unique() if key in points.columns else []
        if len(values) == 1:
            places.append(score.factor * values[0])
            axes.axhline(places[-1], color=style.MUTED, linewidth=1.1, linestyle=dashes, zorder=1)
            line = matplotlib.lines.Line2D([], [], color=style.MUTED, linewidth=1.1, linestyle=dashes)
            rows.append((line, f"{label}, {score.text(values[0])}"))
    return rows, places


def _axis_places(parameter):
    """Where the values stand on the axis: at themselves, at their logarithms where they span more than 1 to 30."""
    numbers = np.asarray(parameter.numbers, float)
    if numbers.min() > 0 and numbers.max() / numbers.min() > 30:
        return np.log10(numbers)
    return numbers


def _label_places(axes, parameter, place):
    numbers = [place[value] for value in parameter.values]
    axes.set_xticks(numbers, [value_text(value) for value in parameter.values])
    span = max(numbers) - min(numbers)
    axes.set_xlim(min(numbers) - 0.08 * span, max(numbers) + 0.08 * span)
    logarithmic = list(numbers) != list(parameter.numbers)
    axes.set_xlabel(parameter.label + (" (logarithmic)" if logarithmic else ""))
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
