# SPDX-License-Identifier: Apache-2.0
"""Figures and the page: drawn from what is there, the same bytes each time, true to the numbers."""

import pathlib
import re
import sys

import numpy as np
import pandas as pd
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "python")]

import ohmic  # noqa: E402
from ohmic import run_figures, style, sweep_figures  # noqa: E402
from ohmic.command import main  # noqa: E402
from ohmic.points import parameters_that_matter, pareto_front  # noqa: E402
from ohmic.report import write_report  # noqa: E402
from synthetic_results import PARAMETERS, write_run, write_sweep  # noqa: E402

RUN_FIGURES = {"energy_by_component", "energy_by_layer", "area_by_component", "layer_time"}
ATTRIBUTION_FIGURES = {"attribution_by_cause", "attribution_by_layer"}
SWEEP_FIGURES = {"accuracy_vs_energy", "accuracy_vs_adc_bits", "accuracy_vs_array_rows", "accuracy_vs_read_noise",
                 "latency_vs_area", "energy_by_component", "energy_by_layer"}


def bar_widths(figure):
    return [patch.get_width() for patch in figure.axes[0].patches]


def write_attributed_run(folder):
    return write_run(folder, attributed=5)


@pytest.mark.parametrize(("write", "names"), [
    (write_run, RUN_FIGURES), (write_attributed_run, RUN_FIGURES | ATTRIBUTION_FIGURES), (write_sweep, SWEEP_FIGURES)])
def test_every_figure_is_written_and_embedded(tmp_path, write, names):
    folder = write(tmp_path / "result")
    written = write_report(folder)
    assert set(written.figures) == names
    page = written.page.read_text()
    assert page.count("data:image/svg+xml;base64,") == len(names)
    assert not re.search(r'(src|href)="(?!data:)', page)  # self-contained
    for name in names:
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.png").stat().st_size > 5000
        assert "</svg>" in (folder / f"{name}.svg").read_text()
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("write", [write_run, write_attributed_run, write_sweep])
def test_equal_results_give_equal_bytes(tmp_path, write):
    first, second = (write(tmp_path / name) for name in ("first", "second"))
    for folder in (first, second):
        write_report(folder)
    files = sorted(path.name for path in first.iterdir() if path.suffix in (".svg", ".png", ".html"))
    assert files
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_drawing_again_replaces(tmp_path):
    folder = write_run(tmp_path / "run")
    write_report(folder)
    before = (folder / "report.html").read_bytes()
    write_report(folder)
    assert (folder / "report.html").read_bytes() == before


def test_bars_are_as_long_as_the_numbers(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run"))
    with style.styled():
        by_component = run_figures.energy_by_component(run)
        time = run_figures.layer_time(run)
    assert bar_widths(by_component) == pytest.approx(list(run.energy_by_component_pj() / 1000))  # nJ
    assert "nJ" in by_component.axes[0].get_xlabel()
    assert bar_widths(time) == pytest.approx([700, 96, 30, 670, 60, 2, 10, 0])


def test_attribution_shows_losses_gains_and_their_intervals(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run", attributed=5))
    with style.styled():
        figure = run_figures.attribution_by_cause(run)
    axes = figure.axes[0]
    assert bar_widths(figure) == pytest.approx([5.0, 0.0, 1.2, 6.2, -0.4, 2.0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["programming error", "read noise", "ADC resolution"]
    ends = np.concatenate([np.asarray(line.get_segments())[:, :, 0] for line in axes.collections])
    expected = [(5, 1.1), (0, 0.6), (1.2, 0.3), (6.2, 1.1), (-0.4, 0.6), (2, 0.3)]
    assert ends == pytest.approx(np.array([(mean - half, mean + half) for mean, half in expected]))
    left, right = axes.get_xlim()
    assert left < ends.min() and right > ends.max()


def test_attribution_of_one_chip_has_no_intervals(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run", attributed=1))
    with style.styled():
        figure = run_figures.attribution_by_layer(run)
    assert not [segment for line in figure.axes[0].collections for segment in line.get_segments()]
    assert bar_widths(figure) == pytest.approx([7.0, 0.4, 7.5, 0.6])


def test_stacked_bars_hold_one_bar_for_each_energy(tmp_path):
    sweep = ohmic.load_sweep(write_sweep(tmp_path / "sweep"))
    with style.styled():
        figure = dict(sweep_figures.figures(sweep))["energy_by_component"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == 8  # bits x rows: read noise costs nothing
    assert labels[0] == "ADC bits 4 · array rows 64"
    per_bar = np.reshape(bar_widths(figure), (-1, 8)).sum(axis=0)
    energies = sweep.points.drop_duplicates(list(PARAMETERS)[:2])["energy.per_image_pj"] / 1000
    assert per_bar == pytest.approx(energies.to_numpy())


def test_front_is_what_nothing_beats():
    random = np.random.default_rng(5)
    points = pd.DataFrame({"up": random.integers(0, 9, 60) / 8, "down": random.integers(0, 9, 60) / 8})
    points.loc[3, "up"] = np.nan
    front = pareto_front(points, {"up": "max", "down": "min"})
    for index, point in points.iterrows():
        beaten = any(other.up >= point.up and other.down <= point.down and (other.up > point.up or other.down < point.down)
                     for other in points.itertuples())
        assert front[index] == (not beaten and not np.isnan(point.up))


def test_parameters_that_matter(tmp_path):
    sweep = ohmic.load_sweep(write_sweep(tmp_path / "sweep"))
    matter = lambda *keys: [p.label for p in parameters_that_matter(sweep, sweep.finished(), keys)]  # noqa: E731
    assert matter("accuracy.array.mean") == ["ADC bits", "read noise"]
    assert matter("energy.per_image_pj") == ["ADC bits", "array rows"]
    assert matter("timing.interval_cycles") == []


def test_stretched_axis_can_be_undone():
    percent = np.array([0, 10, 50, 90, 99, 100.0])
    assert sweep_figures._unstretch(sweep_figures._stretch(percent)) == pytest.approx(percent)
    assert np.all(np.diff(sweep_figures._stretch(percent)) > 0)


@pytest.mark.parametrize(("value", "kind", "text"), [
    (1847, "ns", "1.85 µs"), (690471.3, "pj", "690 nJ"), (10.0019, "mm2", "10.0 mm²"), (0.25, "mm2", "250,000 µm²"),
    (0, "pj", "0 pJ"), (0.5, "pj", "500 fJ"), (999.9, "pj", "1,000 pJ"), (3e12, "ns", "3,000 s"),
])
def test_units_fit_the_number(value, kind, text):
    assert style.unit_for([value], kind).text(value) == text


@pytest.mark.parametrize("parameters", [
    {"architecture.array.adc.bits": ([6], "bits")},
    {"mapping.strategy": (["balanced", "single"], None)},
    {"evaluation.time_since_write": (["1 s", "1 h", "30 days"], None)},
    {"architecture.array.adc.bits": ([4, 6], "bits"), "a.list": ([[1, 2], [3, 4]], None), "b.x": ([1, 2], None),
     "c.y": ([1, 2], None), "architecture.array.cell.device.read_noise": ([0, 0.1], "noise")},
])
def test_sweeps_of_other_shapes_are_drawn(tmp_path, parameters):
    folder = write_sweep(tmp_path / "sweep", parameters, trials=1)
    written = write_report(folder)
    assert "accuracy_vs_energy" in written.figures
    assert "energy_by_layer" in written.figures


def test_what_failed_and_what_was_warned_of_is_on_the_page(tmp_path):
    page = write_report(write_sweep(tmp_path / "sweep", failing=[0, 23])).page.read_text()
    assert "the network does not fit, 3 arrays short" in page
    assert "at points 0, 23" in page
    assert "noise is large" in page
    assert "at points 2, 5, 8, 11, 14, 17, 20" in page


def test_a_sweep_in_which_nothing_ran_has_a_page(tmp_path):
    written = write_report(write_sweep(tmp_path / "sweep", failing=range(24)))
    assert written.figures == {}
    assert "3 arrays short" in written.page.read_text()


def test_a_result_without_numbers_has_a_page(tmp_path):
    (tmp_path / "summary.json").write_text('{"name": "<b>bare</b> & empty"}')
    written = write_report(tmp_path)
    assert written.figures == {}
    assert "&lt;b&gt;bare&lt;/b&gt; &amp; empty" in written.page.read_text()


def test_the_command_answers_with_one_line_and_status_2(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (f"{tmp_path}: is not a result: it holds neither summary.json (of a run) nor sweep.json "
                            "(of a sweep)\n")
    assert main(["report", str(write_run(tmp_path / "run"))]) == 0
    assert capsys.readouterr().out == f"4 figures as PNG and SVG, {tmp_path}/run/report.html\n"
