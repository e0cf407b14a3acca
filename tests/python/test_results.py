# SPDX-License-Identifier: Apache-2.0
"""Reading results: what is there comes back, what is absent is absent, what is damaged says so."""

import json
import pathlib
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "python")]

import ohmic  # noqa: E402
from ohmic.results import load, short_name  # noqa: E402
from synthetic_results import PARAMETERS, write_run, write_sweep  # noqa: E402

BITS, ROWS, NOISE = PARAMETERS


def test_a_run_comes_back(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run"))
    assert run.name == "synthetic"
    assert run.get("timing.latency_cycles") == 1628
    assert run.get("timing.nothing") is None
    assert list(run.layers["name"]) == ["conv1", "fc"]
    assert list(run.trials()) == [run.get("accuracy.array.mean")] * 5
    assert list(run.result_cycles()) == [1500, 2268]


def test_raw_trials_come_back(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run"))
    assert run.correct().shape == run.predictions().shape == (2, 10)
    assert list(run.correct()[0]) == [True] * 10
    assert list(run.correct()[1]) == [False] * 9 + [True]  # image 0 is in the lowest bit


def test_attribution_comes_back(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run", attributed=5))
    causes = run.attribution("cause")
    assert list(causes["cause"]) == ["programming_error", "read_noise", "adc_resolution"]
    assert list(causes["gain"]) == [0.062, -0.004, 0.02]
    assert list(run.attribution("layer")["loss_ci95"]) == [0.012, 0.004]
    assert ohmic.load_run(write_run(tmp_path / "one", attributed=1)).attribution("layer")["gain_ci95"].isna().all()
    assert ohmic.load_run(write_run(tmp_path / "none")).attribution("cause").empty
    (tmp_path / "run" / "summary.json").write_text('{"attribution": {"causes": [{"cause": "x"}]}}')
    with pytest.raises(ohmic.ResultError, match="attribution.causes: should be a list of losses and gains"):
        ohmic.load_run(tmp_path / "run").attribution("cause")


def test_energies_are_of_one_image_and_add_up(tmp_path):
    run = ohmic.load_run(write_run(tmp_path / "run"))
    components = run.energy_by_component_pj()
    assert list(components.index) == ["adc", "array", "buffer"]  # largest first, none of 0
    assert components.sum() == pytest.approx(run.get("energy.per_image_pj"))
    layers = run.energy_by_layer_pj()
    assert list(layers.index) == ["conv1", "fc", "shared"]  # in the order of the network
    assert layers.sum() == pytest.approx(run.get("energy.per_image_pj"))


def test_a_sweep_comes_back(tmp_path):
    sweep = ohmic.load_sweep(write_sweep(tmp_path / "sweep", failing=[7]))
    assert [parameter.path for parameter in sweep.parameters] == [BITS, ROWS, NOISE]
    assert sweep.parameters[0].values == ("4", "5", "6", "8")
    assert sweep.parameters[2].numbers == [0, 0.05, 0.1]
    assert len(sweep.points) == 24
    assert len(sweep.finished()) == 23
    assert np.isnan(sweep.values("accuracy.array.mean")[7])
    assert sweep.values("no.such.key").isna().all()
    for _, point in sweep.finished().iterrows():
        run = sweep.run(point["point"])
        assert run.get("energy.per_image_pj") == pytest.approx(point["energy.per_image_pj"])


@pytest.mark.parametrize(("values", "order", "numbers"), [
    (["1 us", "10 ns", "100 ns"], ("10 ns", "100 ns", "1 us"), [1e-8, 1e-7, 1e-6]),
    (["1 day", "1 s", "1 h"], ("1 s", "1 h", "1 day"), [1, 3600, 86400]),
    (["1.28 GS/s", "640 MS/s"], ("640 MS/s", "1.28 GS/s"), [640e6, 1.28e9]),
    (["8 KiB", "2 KiB"], ("2 KiB", "8 KiB"), [2048, 8192]),
    (["offset", "differential"], ("offset", "differential"), None),
    (["10 ns", "10 V"], ("10 ns", "10 V"), None),
])
def test_values_with_units_are_numbers_and_in_order(tmp_path, values, order, numbers):
    sweep = ohmic.load_sweep(write_sweep(tmp_path / "sweep", {"a.b": (values, None)}))
    assert sweep.parameters[0].values == order
    assert sweep.parameters[0].numbers == (pytest.approx(numbers) if numbers else None)


def test_names_are_short_and_say_what_they_are():
    assert short_name("architecture.array.adc.bits") == "ADC bits"
    assert short_name("architecture.array.rows") == "array rows"
    assert short_name("architecture.array.cell.device.read_noise") == "read noise"
    assert short_name("seed") == "seed"


def test_load_finds_out_what_a_folder_holds(tmp_path):
    assert isinstance(load(write_run(tmp_path / "run")), ohmic.RunResult)
    assert isinstance(load(write_sweep(tmp_path / "sweep")), ohmic.SweepResult)


def damage(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("sweep.csv", "point,", "dot,", "sweep.csv: has no column 'point'"),
    ("sweep.csv", BITS, "else", f"sweep.csv: has no column '{BITS}'"),
    ("sweep.csv", "0.985", "high", "sweep.csv:2: accuracy.float: 'high' is not a number"),
    ("sweep.json", "{", "[", "sweep.json: is not valid JSON"),
    ("sweep.json", "[4, 5, 6, 8]", "4", "sweep.json: parameters: should be lists of values by name"),
])
def test_a_damaged_sweep_names_the_place(tmp_path, file, old, new, message):
    folder = write_sweep(tmp_path / "sweep")
    damage(folder / file, old, new)
    with pytest.raises(ohmic.ResultError) as error:
        load(folder)
    assert str(error.value).startswith(f"{folder}/{message}")


@pytest.mark.parametrize(("content", "message"), [
    ("[]", "should hold one JSON object"),
    ("", "is not valid JSON"),
    (json.dumps({"layers": 3}), "layers: should be a list"),
    (json.dumps({"energy": 3}), "energy: should be a section"),
    (json.dumps({"timing": {"latency_cycles": "fast"}}), "timing.latency_cycles: should be a number, not 'fast'"),
])
def test_a_damaged_run_names_the_place(tmp_path, content, message):
    (tmp_path / "summary.json").write_text(content)
    with pytest.raises(ohmic.ResultError) as error:
        load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/summary.json: {message}")


def test_a_folder_without_a_result_says_what_is_missing(tmp_path):
    with pytest.raises(ohmic.ResultError, match="holds neither summary.json .* nor sweep.json"):
        load(tmp_path)
    with pytest.raises(ohmic.ResultError, match="is not a folder"):
        load(tmp_path / "nowhere")
