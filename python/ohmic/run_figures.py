# SPDX-License-Identifier: Apache-2.0
"""Figures of one run: where energy, area and cycles go, and what costs accuracy."""

import numpy as np

from . import style
from .results import RunResult, spelled_out

_ACTIVITIES = (
    ("busy_cycles", "busy", "#4477aa"),
    ("stalled_input_cycles", "waits for input", "#ccbb44"),
    ("stalled_output_cycles", "waits for room behind it", "#ee6677"),
    ("stalled_network_cycles", "waits for the network", "#aa3377"),
)


def figures(run: RunResult):
    """(name, figure) of every figure that the result has numbers for."""
    makers = (
        ("energy_by_component", energy_by_component),
        ("area_by_component", area_by_component),
        ("energy_by_layer", energy_by_layer),
        ("layer_time", layer_time),
        ("attribution_by_cause", attribution_by_cause),
        ("attribution_by_layer", attribution_by_layer),
    )
    for name, make in makers:
        figure = make(run)
        if figure is not None:
            yield name, figure


def energy_by_component(run):
    energy = run.energy_by_component_pj().rename(spelled_out)
    return _breakdown(energy, "pj", "Energy of one image by component", "energy per image")


def energy_by_layer(run):
    energy = run.energy_by_layer_pj()
    note = "; shared: fabric, memories, leakage" if "shared" in energy.index else ""
    return _breakdown(energy, "pj", "Energy of one image by layer", "energy per image", note)


def area_by_component(run):
    return _breakdown(run.area_by_component_mm2().rename(spelled_out), "mm2", "Area of the chip by component", "area")


def layer_time(run):
    """What the busiest stage of every layer does, as shares of the time in which it is at work."""
    names = [key for key, _, _ in _ACTIVITIES]
    if run.layers.empty or not set(names) <= set(run.layers.columns):
        return None
    layers = run.layers[run.layers[names].sum(axis=1) > 0]
    if layers.empty:
        return None
    unit = style.unit_for(layers[names].sum(axis=1), "cycles")
    figure, axes = style.new_figure("What limits each layer", "its busiest stage, over all simulated images",
                                    _bars_height(len(layers)) + 0.45)
    places = np.arange(len(layers))
    left = np.zeros(len(layers))
    for key, label, colour in _ACTIVITIES:
        cycles = layers[key].to_numpy(float) * unit.factor
        axes.barh(places, cycles, left=left, height=0.62, color=colour, label=label)
        left += cycles
    for place, total, busy in zip(places, left, layers["busy_cycles"] * unit.factor):
        axes.annotate(f"{100 * busy / total:.0f} % busy", (total, place), (6, 0), textcoords="offset points", va="center",
                      color=style.MUTED)
    _label_bars(axes, layers["name"], f"time / {unit.name}", 1.16 * left.max())
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def attribution_by_cause(run):
    """What each cause of errors costs alone, and what removing it gives back."""
    return _attribution(run, "cause", "What each cause of errors costs")


def attribution_by_layer(run):
    """What the errors of each layer cost alone, and what an ideal layer gives back."""
    return _attribution(run, "layer", "What the errors of each layer cost")


def _attribution(run, what, title):
    effects = run.attribution(what)
    if effects.empty:
        return None
    chip, integers = run.get("attribution.chip.mean"), run.get("attribution.integer")
    trials = run.get("attribution.trials")
    score = run.score
    note = (f"integers {score.text(integers)}, whole chip {score.text(chip)} on {run.get('attribution.images')} images; "
            f"mean of {trials} chip{'s' if trials != 1 else ''}{', 95 % intervals' if trials > 1 else ''}")
    # Two bars, and the legend under them.
    figure, axes = style.new_figure(title, note, 1.75 + 0.46 * len(effects))
    places = np.arange(len(effects))
    for shift, key, label, colour in ((-0.19, "loss", "alone costs", "#ee6677"),
                                      (0.19, "gain", "removing it gives back", "#4477aa")):
        values, half = score.factor * effects[key], score.factor * effects[f"{key}_ci95"]
        axes.barh(places + shift, values, height=0.34, color=colour, label=label)
        known = half.notna()
        axes.errorbar(values[known], places[known] + shift, xerr=half[known], fmt="none", ecolor=style.INK, elinewidth=1,
                      capsize=2.5, capthick=1)
        for place, value, end in zip(places + shift, values, values + half.fillna(0)):
            axes.annotate(score.number.format(value).replace("-", "−"), (max(end, 0), place), (5, 0), textcoords="offset points", va="center",
                          fontsize=8.5, color=style.MUTED)
    ends = np.concatenate([score.factor * (effects[key] + sign * effects[f"{key}_ci95"].fillna(0))
                           for key in ("loss", "gain") for sign in (-1, 1)])
    _label_bars(axes, effects[what].map(spelled_out) if what == "cause" else effects[what],
                score.axis, 1)
    span = max(ends.max(), 0) - min(ends.min(), 0) or 1
    axes.set_xlim(min(ends.min(), 0) - (0.03 * span if ends.min() < 0 else 0), max(ends.max(), 0) + 0.12 * span)
    axes.axvline(0, color=style.INK, linewidth=0.8)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _breakdown(values, kind, title, quantity, note=""):
    """Horizontal bars in the order of `values`, each with its value and share."""
    if values.empty:
        return None
    unit = style.unit_for(values, kind)
    total = values.sum()
    # The sum may need a larger unit than the parts.
    figure, axes = style.new_figure(title, f"{style.unit_for([total], kind).text(total)} in all{note}",
                                    _bars_height(len(values)))
    places = np.arange(len(values))
    axes.barh(places, values * unit.factor, height=0.62, color=style.LINES[0])
    for place, value in zip(places, values):
        axes.annotate(style.number_text(value * unit.factor), (value * unit.factor, place), (6, 0),
                      textcoords="offset points", va="center", fontweight="bold", fontsize=9)
        axes.annotate(_share(value / total), (1, place), (6, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", color=style.MUTED, fontsize=9)
    _label_bars(axes, values.index, f"{quantity} / {unit.name}",
                1.16 * values.max() * unit.factor)
    return figure


def _share(fraction):
    return "< 0.1 %" if fraction < 0.001 else f"{100 * fraction:.1f} %"


def _bars_height(count):
    return 1.25 + 0.3 * count


def _label_bars(axes, names, xlabel, right):
    axes.set_yticks(np.arange(len(names)), [shortened(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, right)
    axes.set_xlabel(xlabel)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0)


def shortened(name, limit=36):
    """A name that leaves room for what it names."""
    name = name or "(no name)"
    return name if len(name) <= limit else name[: limit - 1] + "…"
