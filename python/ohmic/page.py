# SPDX-License-Identifier: Apache-2.0
"""report.html: one page that holds everything and needs nothing else."""

import base64
import dataclasses
import html
import pathlib

import numpy as np

from . import style
from .points import pareto_front, point_label, value_text
from .results import ResultError, RunResult, SweepResult
from .sweep_figures import AREA, ENERGY, LATENCY

_CSS = pathlib.Path(__file__).with_name("page.css")


def run_page(run: RunResult, drawings):
    """HTML of one run; `drawings` are figure name → SVG file."""
    parts = [
        f"<h1>{_escape(run.name)}</h1>",
        '<p class="lead">One network on one chip: what it costs and what comes out right.</p>',
        _cards(_run_cards(run)),
        _notices({text: "" for text in run.warnings}),
        _figures(drawings),
        _section("Layers", _layer_table(run)),
        _section("Where this comes from", _definitions(_run_provenance(run))),
    ]
    return _document(run.name, parts)


def sweep_page(sweep: SweepResult, drawings):
    """HTML of one sweep; `drawings` are figure name → SVG file."""
    finished = sweep.finished()
    runs = _runs(sweep, finished)
    varied = ", ".join(f"{p.label} ({len(p.values)})" for p in sweep.parameters)
    parts = [
        f"<h1>{_escape(sweep.name)}</h1>",
        f'<p class="lead">{len(sweep.points)} chips that differ in {_escape(varied)}.</p>',
        _cards(_sweep_cards(sweep, finished)),
        _failures(sweep),
        _notices(_warnings(runs)),
        _figures(drawings),
        _section("Points", _point_table(sweep)),
        _section("Where this comes from", _definitions(_sweep_provenance(sweep, runs))),
    ]
    return _document(sweep.name, parts)


def _run_cards(run):
    score = run.score
    of = lambda name: run.get(score.key(name))  # noqa: E731
    if of("array.mean") is not None:
        half = of("array.ci95")
        spread = f"± {score.number.format(score.factor * half)} (95 %), " if half is not None and np.isfinite(half) else ""
        yield f"{score.name} on chip", score.text(of("array.mean")), f"{spread}mean over {of('array.trials')} trials (chips)"
    if of("float") is not None:
        yield (f"{score.name}, no chip", score.text(of("float")),
               f"float network; integers {score.text(of('integer'))}; {of('images')} images{_sampling(run, score)}")
    if run.get(LATENCY) is not None:
        latency = run.get(LATENCY)
        yield ("latency", style.unit_for([latency], "ns").text(latency),
               f"{style.count_text(run.get('timing.latency_cycles', np.nan))} cycles")
    if run.get("timing.images_per_s") is not None:
        yield ("images per second", style.count_text(run.get("timing.images_per_s")),
               f"one every {style.count_text(run.get('timing.interval_cycles', np.nan))} cycles")
    if run.get(ENERGY) is not None:
        energy = run.get(ENERGY)
        efficiency = run.get("efficiency.tops_per_w")
        yield ("energy per image", style.unit_for([energy], "pj").text(energy),
               f"{style.number_text(efficiency)} TOPS/W" if efficiency is not None else "")
    if run.get(AREA) is not None:
        used, available = run.get("mapping.arrays_used"), run.get("mapping.arrays_available")
        area = run.get(AREA)
        yield ("area of the chip", style.unit_for([area], "mm2").text(area),
               f"{used} of {available} arrays used" if used is not None else "")


def _sampling(run, score):
    """What the choice of the images leaves open, as the console prints it; empty where there is none."""
    low, high = (run.get(score.key(f"sampling_interval95.{end}")) for end in ("low", "high"))
    if low is None or high is None:
        return ""
    low, high = (score.number.format(score.factor * end) for end in (low, high))
    return f"; the choice of images leaves {low} to {high}{score.unit} open (95 %)"


def _sweep_cards(sweep, finished):
    failed = len(sweep.points) - len(finished)
    yield "points", f"{len(finished)}", f"{failed} failed" if failed else "all of them ran"
    score = sweep.score
    mean, half = score.key("array.mean"), score.key("array.ci95")
    best_score = ("highest ", "idxmax") if score.goal == "max" else ("lowest ", "idxmin")
    for key, what, best, text in (
            (mean, best_score[0] + score.name, best_score[1], lambda p: score.text(p[mean], p.get(half, np.nan))),
            (ENERGY, "least energy per image", "idxmin", lambda p: style.unit_for([p[ENERGY]], "pj").text(p[ENERGY])),
            (LATENCY, "shortest latency", "idxmin", lambda p: style.unit_for([p[LATENCY]], "ns").text(p[LATENCY])),
            (AREA, "smallest area", "idxmin", lambda p: style.unit_for([p[AREA]], "mm2").text(p[AREA]))):
        if key in finished.columns and finished[key].notna().any():
            point = finished.loc[getattr(finished[key], best)()]
            yield what, text(point), point_label(point, sweep.parameters)


def _point_table(sweep):
    points = sweep.points
    best = _best_points(sweep)
    columns = [("point", "", [str(number) for number in points["point"]])]
    columns += [(p.label, "", [value_text(value) for value in points[p.path]]) for p in sweep.parameters]
    score = sweep.score
    if score.key("array.mean") in points.columns:
        shown = dataclasses.replace(score, unit="")
        texts = [shown.text(mean, half) for mean, half in zip(sweep.values(score.key("array.mean")),
                                                              sweep.values(score.key("array.ci95")))]
        columns.append((score.name, score.unit.strip(), texts))
    for key, label, kind in ((ENERGY, "energy per image", "pj"), (LATENCY, "latency", "ns"),
                             ("timing.interval_cycles", "interval", "cycles"), (AREA, "area", "mm2")):
        if key in points.columns and points[key].notna().any():
            unit = style.unit_for(points[key], kind)
            columns.append((label, unit.name, [style.number_text(value * unit.factor) for value in points[key]]))
    note = ""
    if best.any():
        objectives = " and ".join(f"{'high' if goal == 'max' else 'low'} <code>{_escape(key)}</code>"
                                  for key, goal in _usable_objectives(sweep).items())
        note = f'<p class="aside">Marked rows are the Pareto front of {objectives}.</p>'
    return note + _table(columns, best, texts=0)


def _best_points(sweep):
    goals = _usable_objectives(sweep)
    if not goals:
        return np.zeros(len(sweep.points), bool)
    return pareto_front(sweep.points, goals)


def _usable_objectives(sweep):
    return {key: goal for key, goal in sweep.objectives.items()
            if key in sweep.points.columns and sweep.points[key].dtype.kind in "if"}


def _layer_table(run):
    if run.layers.empty:
        return ""
    layers = run.layers
    columns = []
    for key, label, kind in (("name", "layer", "text"), ("operation", "operation", "text"), ("rows", "rows", ""),
                             ("columns", "columns", ""), ("pixels", "pixels", ""), ("arrays", "arrays", ""),
                             ("replicas", "replicas", ""), ("cell_utilisation", "cells used", "percent"),
                             ("conversions_per_image", "conversions", "per image"),
                             ("clipped_fraction", "clipped", "percent"), ("inexact_fraction", "inexact", "percent"),
                             ("sqnr_db", "SQNR", "dB"), ("interval_cycles", "interval", "cycles"),
                             ("energy_per_image_pj", "energy per image", "pj")):
        if key not in layers.columns or layers[key].isna().all():
            continue
        if kind == "text":
            columns.append((label, "", [str(value) for value in layers[key]]))
        elif kind == "percent":
            columns.append((label, "%", [style.number_text(100 * value) for value in layers[key].astype(float)]))
        elif kind in ("pj", "cycles"):
            unit = style.unit_for(layers[key].astype(float), kind)
            columns.append((label, unit.name, [style.number_text(v * unit.factor) for v in layers[key].astype(float)]))
        elif kind == "dB":
            columns.append((label, kind, [f"{value:.1f}" if np.isfinite(value) else "–"
                                          for value in layers[key].astype(float)]))
        else:
            columns.append((label, kind, [style.count_text(value) for value in layers[key].astype(float)]))
    return _table(columns, np.zeros(len(layers), bool), texts=2)


def _runs(sweep, finished):
    runs = {}
    for number in finished["point"]:
        try:
            runs[number] = sweep.run(number)
        except ResultError as error:
            runs[number] = error
    return runs


def _warnings(runs):
    """Text of every warning → where it was given."""
    places = {}
    for number, run in runs.items():
        for text in [str(run)] if isinstance(run, ResultError) else run.warnings:
            places.setdefault(text, []).append(str(number))
    return {text: "at every point" if len(numbers) == len(runs) else f"at {_counted(numbers)}"
            for text, numbers in places.items()}


def _counted(numbers, most=12):
    listed = ", ".join(numbers[:most]) + (f" and {len(numbers) - most} more" if len(numbers) > most else "")
    return ("point " if len(numbers) == 1 else "points ") + listed


def _failures(sweep):
    failed = sweep.points[sweep.points["error"] != ""]
    if failed.empty:
        return ""
    rows = "".join(f'<div class="notice failed">{_escape(error)}<div class="where">at '
                   f"{_escape(_counted([str(number) for number in group['point']]))}</div></div>"
                   for error, group in failed.groupby("error", sort=False))
    return _section("What did not run", rows)


def _run_provenance(run):
    yield "version", run.get("provenance.version", "unknown")
    yield "seed", run.get("provenance.seed", "unknown")
    yield "digest of the configuration", f"{run.get('provenance.config_digest', 'unknown')}"
    yield "clock", f"{run.get('timing.clock_ghz', 'unknown')} GHz"


def _sweep_provenance(sweep, runs):
    good = [run for run in runs.values() if isinstance(run, RunResult)]
    for label, key in (("version", "provenance.version"), ("seed", "provenance.seed"), ("clock / GHz", "timing.clock_ghz")):
        found = list(dict.fromkeys(str(run.get(key, "unknown")) for run in good))
        yield label, ", ".join(found) if found else "unknown"
    for parameter in sweep.parameters:
        yield parameter.label, f"{parameter.path}: {', '.join(value_text(v) for v in parameter.values)}"
    yield "digests of the configurations", "points/<n>/summary.json, provenance.config_digest"


def _cards(cards):
    return '<div class="cards">' + "".join(
        f'<div class="card"><div class="what">{_escape(what)}</div><div class="value">{_escape(value)}</div>'
        f'<div class="note">{_escape(note)}</div></div>' for what, value, note in cards) + "</div>"


def _notices(warnings):
    if not warnings:
        return ""
    return _section("Before you believe a number", "".join(
        f'<div class="notice">{_escape(text)}<div class="where">{_escape(where)}</div></div>'
        for text, where in warnings.items()))


def _figures(drawings):
    if not drawings:
        return ""
    # As images, not inline: ids inside of one drawing then cannot meet those of another.
    items = "".join(
        f'<figure><img alt="{_escape(name.replace("_", " "))}" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(file.read_bytes()).decode()}"><figcaption><code>{_escape(name)}.png</code>, '
        f"<code>.svg</code></figcaption></figure>" for name, file in drawings.items())
    return _section("Figures", f'<div class="figures">{items}</div>')


def _table(columns, best, texts):
    """`columns` are (label, unit, cells); the first `texts` of them are aligned to the left."""
    def kind(index):
        return ' class="text"' if index < texts else ""

    head = "".join(f'<th{kind(i)}>{_escape(label)}<span class="unit">{_escape(unit) or "&nbsp;"}</span></th>'
                   for i, (label, unit, _) in enumerate(columns))
    rows = "".join(
        f'<tr{" class=best" if is_best else ""}>'
        + "".join(f"<td{kind(i)}>{_escape(cell)}</td>" for i, cell in enumerate(cells)) + "</tr>"
        for is_best, cells in zip(best, zip(*(cells for _, _, cells in columns))))
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _definitions(entries):
    return "<dl>" + "".join(f"<dt>{_escape(term)}</dt><dd>{_escape(text)}</dd>" for term, text in entries) + "</dl>"


def _section(title, content):
    return f"<section><h2>{_escape(title)}</h2>{content}</section>" if content else ""


def _document(title, parts):
    return (f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{_escape(title)} · Ohmic</title>\n<style>\n{_CSS.read_text(encoding='utf-8')}</style>\n</head>\n"
            "<body>\n<main>\n" + "\n".join(part for part in parts if part) + "\n</main>\n</body>\n</html>\n")


def _escape(text):
    return html.escape(str(text))
