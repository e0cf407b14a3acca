# SPDX-License-Identifier: Apache-2.0
"""How figures look: fonts, colours that colour-blind readers can tell apart, units, repeatable files."""

import contextlib
import dataclasses
import os

import matplotlib
import matplotlib.figure
import numpy as np

INK = "#1f2933"
MUTED = "#667380"
GRID = "#e3e8ed"
OTHER = "#c3cbd3"
# Paul Tol's "bright" for lines and markers and "muted" for areas (https://personal.sron.nl/~pault/, 2021).
LINES = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")
AREAS = ("#332288", "#88ccee", "#44aa99", "#ddcc77", "#cc6677", "#117733", "#aa4499", "#999933", "#882255")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
WIDTH_INCHES = 7.4
_INCHES_A_LEGEND_ROW = 0.2

_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": "#9aa5b1",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    # Without a salt the ids inside an SVG file are random.
    "svg.hashsalt": "ohmic",
    "svg.fonttype": "path",
}


@contextlib.contextmanager
def styled():
    """Matplotlib with our settings and nobody else's."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


@dataclasses.dataclass(frozen=True)
class Unit:
    """What to multiply numbers with before they are drawn, and the unit that they then have."""

    factor: float
    name: str

    def text(self, value):
        """'3.42 nJ'."""
        return f"{number_text(value * self.factor)} {self.name}"


_LADDERS = {
    "pj": ((1e-9, "mJ"), (1e-6, "µJ"), (1e-3, "nJ"), (1.0, "pJ"), (1e3, "fJ")),
    "ns": ((1e-9, "s"), (1e-6, "ms"), (1e-3, "µs"), (1.0, "ns")),
    "mm2": ((1.0, "mm²"), (1e6, "µm²")),
    "cycles": ((1e-6, "million cycles"), (1e-3, "thousand cycles"), (1.0, "cycles")),
}


def unit_for(values, kind):
    """The Unit in which the largest of `values`, given in `kind` ('pj', 'ns', 'mm2', 'cycles'), is at least 1."""
    finite = [abs(value) for value in values if np.isfinite(value)]
    largest = max(finite, default=0)
    ladder = _LADDERS[kind]
    for factor, name in ladder:
        if largest * factor >= 1 or (largest == 0 and factor == 1):
            return Unit(factor, name)
    return Unit(*ladder[-1])


def number_text(value):
    """Three significant digits, thousands separated; powers of ten below 0.0001 alone."""
    if not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        return f"{value:.1e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".") if f"{value:.3g}" != "1e+03" else "1,000"


def count_text(value):
    """A count: '1,847'; with one digit after the point where it is a mean that needs one."""
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:,.1f}"


def sequence_colours(count):
    """Colours from dark to light for values that have an order."""
    if count == 1:
        return [LINES[0]]
    colours = matplotlib.colormaps["viridis"](np.linspace(0.1, 0.66 if count < 4 else 0.82, count))
    return [matplotlib.colors.to_hex(colour) for colour in colours]


def category_colours(count):
    """Colours for values without an order; they repeat after six."""
    return [LINES[index % len(LINES)] for index in range(count)]


def towards_white(colour, amount):
    """`colour` for 0, white for 1."""
    rgb = np.asarray(matplotlib.colors.to_rgb(colour))
    return matplotlib.colors.to_hex(rgb + (1 - rgb) * amount)


def new_figure(title, subtitle="", height=4.2, width=WIDTH_INCHES):
    """A figure with one pair of axes, a title and a line in grey under it."""
    figure = matplotlib.figure.Figure(figsize=(width, height))
    axes = figure.add_subplot()
    axes.tick_params(length=0)
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", pad=24 if subtitle else 10)
    if subtitle:
        note = axes.annotate(subtitle, (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points",
                             fontsize=9.5, color=MUTED, va="bottom")
        note.set_in_layout(False)  # a long sentence must not squeeze the axes
    return figure, axes


def legend_at_right(axes, rows=None, **options):
    """Legend beside the axes, from their top; `rows` are (handle, label), else what the axes hold."""
    handles, labels = zip(*rows) if rows else axes.get_legend_handles_labels()
    width, height = axes.figure.get_size_inches()
    axes.figure.set_size_inches(width, max(height, 1.2 + _INCHES_A_LEGEND_ROW * len(labels)))
    return axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.02), borderaxespad=0, **options)


def percent_bars(percent, half_widths):
    """What errorbar() takes for accuracies in percent: bars end at 0 and 100, whatever the half-width says."""
    percent, half_widths = np.asarray(percent, float), np.nan_to_num(np.asarray(half_widths, float))
    return np.vstack([np.minimum(half_widths, percent), np.minimum(half_widths, 100 - percent)])


def save(figure, folder, name):
    """Writes name.png (150 dpi) and name.svg; equal figures give equal bytes. Returns the two paths."""
    paths = []
    for suffix, options in ((".png", {"dpi": 150, "metadata": {"Software": None}}),
                            (".svg", {"metadata": {"Date": None, "Creator": None}})):
        path = folder / (name + suffix)
        temporary = folder / f".{name}{suffix}.tmp"
        try:
            figure.savefig(temporary, format=suffix[1:], **options)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        paths.append(path)
    return paths
