# SPDX-License-Identifier: Apache-2.0
"""What a run says of accuracy: stopping, raw trials, SQNR, warnings, attribution; the same bytes for any threads."""

import csv
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from conftest import QUICK, ROOT, files_below, ohmic

sys.path.insert(0, str(ROOT / "python"))
import ohmic as package  # noqa: E402

NOISY = "architecture.array.cell.device={kind: rram_generic, programming_error: 0.25, read_noise: 0.1}"


def run(folder: Path, *assignments: str, threads: str = "0") -> dict:
    """summary.json of the perceptron's run with these overrides."""
    sets = [argument for assignment in assignments for argument in ("--set", assignment)]
    ohmic("run", *QUICK, *sets, "--out", str(folder), "--threads", threads)
    return json.loads((folder / "summary.json").read_text())


@pytest.fixture(scope="module")
def attributed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attributed") / "out"
    run(folder, NOISY, "evaluation.trials=4", "evaluation.attribution={trials: 3, images: 15}", threads="1")
    return folder


def test_attribution_has_its_keys_and_its_sums(attributed: Path) -> None:
    summary = json.loads((attributed / "summary.json").read_text())
    found = summary["attribution"]
    assert (found["trials"], found["images"]) == (3, 15)
    assert [cause["cause"] for cause in found["causes"]] == ["programming_error", "read_noise", "adc_resolution"]
    assert [layer["layer"] for layer in found["layers"]] == [layer["name"] for layer in summary["layers"] if layer["rows"]]
    assert found["loss"]["mean"] == pytest.approx(found["integer"] - found["chip"]["mean"])
    for effect in found["causes"] + found["layers"]:
        assert effect["loss"]["mean"] == pytest.approx(found["integer"] - effect["alone"]["mean"])
        assert effect["gain"]["mean"] == pytest.approx(effect["removed"]["mean"] - found["chip"]["mean"])
        assert effect["loss"]["ci95"] >= 0 and effect["gain"]["ci95"] >= 0
    harm = {cause["cause"]: cause["loss"]["mean"] + cause["gain"]["mean"] for cause in found["causes"]}
    assert found["most_harmful_cause"] == max(harm, key=harm.get) == "programming_error"


def test_attribution_is_in_hdf5_trial_by_trial(attributed: Path) -> None:
    found = json.loads((attributed / "summary.json").read_text())["attribution"]
    with h5py.File(attributed / "result.h5") as file:
        for kind, name in (("causes", "cause"), ("layers", "layer")):
            group = file[f"attribution/{kind}"]
            assert [text.decode() for text in group["name"][:]] == [effect[name] for effect in found[kind]]
            for key in ("loss", "gain"):
                trials = group[f"{key}_trials"]
                assert trials.shape == (len(found[kind]), 3)
                assert trials[:].mean(axis=1) == pytest.approx([effect[key]["mean"] for effect in found[kind]])
                assert trials.attrs["unit"] == "1" and "[effect][trial]" in trials.attrs["description"]


def test_attribution_is_printed_and_drawn(attributed: Path, tmp_path: Path) -> None:
    told = ohmic("run", *QUICK, "--set", NOISY, "--set", "evaluation.attribution={trials: 2, images: 10}", "--out",
                 str(tmp_path / "out")).stdout
    assert "removing it gives" in told
    assert "most harmful: programming_error" in told
    table = package.load_run(attributed).attribution("cause")
    assert list(table["cause"]) == ["programming_error", "read_noise", "adc_resolution"]
    ohmic("report", str(tmp_path / "out"))
    assert (tmp_path / "out/attribution_by_cause.png").exists()
    assert (tmp_path / "out/attribution_by_layer.svg").exists()


def test_the_same_bytes_for_any_threads(attributed: Path, tmp_path: Path) -> None:
    expected = files_below(attributed)
    expected = {name: content for name, content in expected.items() if name in ("summary.json", "result.h5", "layers.csv")}
    for threads in ("2", "7"):
        folder = tmp_path / threads
        run(folder, NOISY, "evaluation.trials=4", "evaluation.attribution={trials: 3, images: 15}", threads=threads)
        assert files_below(folder) == expected


def test_raw_trials_agree_with_the_accuracies(attributed: Path) -> None:
    result = package.load_run(attributed)
    assert result.correct().shape == result.predictions().shape == (4, 20)
    assert result.correct().mean(axis=1) == pytest.approx(result.trials())
    with h5py.File(attributed / "result.h5") as file:
        assert np.array_equal(file["accuracy/array/predictions"][:] == file["accuracy/labels"][:], result.correct())
        assert file["accuracy/array/predictions"].attrs["unit"] == "class"
        assert file["layers/sqnr_db"].attrs["unit"] == "dB"


def test_trials_stop_when_their_interval_is_narrow(tmp_path: Path) -> None:
    few = run(tmp_path / "few", NOISY, "evaluation.trials=60", "evaluation.stop_when={ci95_below: 0.05, min_trials: 4}")
    assert 4 <= few["accuracy"]["array"]["trials"] < 60
    assert few["accuracy"]["array"]["ci95"] < 0.05
    assert not [text for text in few["warnings"] if "stop_when" in text]
    all_of_them = run(tmp_path / "all", NOISY, "evaluation.trials=60")
    assert all_of_them["accuracy"]["array"]["trials"] == 60
    used = package.load_run(tmp_path / "few").trials()
    assert list(used) == list(package.load_run(tmp_path / "all").trials()[: len(used)])


def test_trials_that_do_not_suffice_are_told(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", NOISY, "evaluation.trials=3", "evaluation.stop_when={ci95_below: 0.0001, min_trials: 2}")
    (text,) = [text for text in summary["warnings"] if "stop_when" in text]
    half = f"{100 * summary['accuracy']['array']['ci95']:.2f}"
    assert text.startswith(f"the 95 % interval is ± {half} % after all 3 trials, evaluation.stop_when wants less than "
                           "0.01 %: about ")


def test_layers_say_what_their_converters_do(tmp_path: Path) -> None:
    summary = run(tmp_path / "coarse", "architecture.array.adc={bits: 5, range: max}")
    layers = [layer for layer in summary["layers"] if layer["rows"]]
    for layer in layers:
        assert 0 < layer["inexact_fraction"] <= 1
        assert 0 < layer["rounding_rms_lsb"] <= 0.5
        assert layer["sqnr_db"] == round(layer["sqnr_db"], 3)
    finer = run(tmp_path / "finer", "architecture.array.adc={bits: 7, range: max}")
    for coarse, fine in zip(layers, (layer for layer in finer["layers"] if layer["rows"])):
        assert fine["sqnr_db"] > coarse["sqnr_db"] + 6  # two bits are 12 dB, less what other errors add
    rows = list(csv.DictReader((tmp_path / "coarse/layers.csv").open()))
    assert [float(row["sqnr_db"]) for row in rows if row["sqnr_db"]] == [layer["sqnr_db"] for layer in layers]
    off = run(tmp_path / "off", "evaluation.sqnr_images=0")
    assert off["accuracy"]["sqnr_images"] == 0
    assert not any("sqnr_db" in layer or "error_rms" in layer for layer in off["layers"])


def test_lossless_layers_are_exact(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", "architecture.array.adc={bits: 12, range: lossless}",
                  "architecture.array.cell.device={programming_error: 0, read_noise: 0}")
    for layer in (layer for layer in summary["layers"] if layer["rows"]):
        assert layer["error_rms"] == layer["inexact_fraction"] == layer["rounding_rms_lsb"] == 0
        assert "sqnr_db" not in layer


def test_clipping_is_told_with_its_layer_and_what_to_change(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", "architecture.array.adc={range: calibrated, percentile: 80, scope: layer, bits: 4}")
    (text,) = [text for text in summary["warnings"] if " clips " in text]
    worst = max((layer for layer in summary["layers"] if layer["rows"]), key=lambda layer: layer["clipped_fraction"])
    assert text.startswith(f"layer '{worst['name']}' clips {100 * worst['clipped_fraction']:.2f} % of its conversions")
    assert text.endswith("raise architecture.array.adc.percentile, or set adc.range to max")
    assert not [text for text in run(tmp_path / "max")["warnings"] if " clips " in text]


def test_a_chip_that_guesses_is_told(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", "architecture.array.adc={bits: 1, range: max}", "workload.data.test.images=100")
    (text,) = [text for text in summary["warnings"] if "guesses" in text]
    assert text.startswith(f"the chip guesses: it is right on {100 * summary['accuracy']['array']['mean']:.2f} % of the images")
    worst = min((layer for layer in summary["layers"] if "sqnr_db" in layer), key=lambda layer: layer["sqnr_db"])
    assert f"the lowest SQNR is that of layer '{worst['name']}', {worst['sqnr_db']:.1f} dB" in text


PCM = "architecture.array.cell.device={kind: pcm_joshi2020}"


def test_time_since_writing_counts_and_times_without_data_are_warned_of(tmp_path: Path) -> None:
    early = run(tmp_path / "early", PCM, "evaluation.time_since_write=25 s", "evaluation.sqnr_images=4")
    late = run(tmp_path / "late", PCM, "evaluation.time_since_write=30 days", "evaluation.sqnr_images=4")
    assert not [warning for warning in early["warnings"] if "time_since_write" in warning]
    assert (
        "pcm_joshi2020 has data at 20 s to 1 day after writing, not at 30 days (evaluation.time_since_write): "
        "extrapolated" in late["warnings"]
    )
    for before, after in zip(early["layers"], late["layers"], strict=True):
        if before["rows"]:
            assert after["sqnr_db"] < before["sqnr_db"] - 3


def test_attribution_names_what_cells_suffer(tmp_path: Path) -> None:
    summary = run(
        tmp_path / "out", PCM, "architecture.array.cell.stuck={off: 0.01}", "evaluation.time_since_write=1 day",
        "evaluation.attribution={trials: 2, images: 5, layers: false}",
    )
    causes = [cause["cause"] for cause in summary["attribution"]["causes"]]
    assert causes == ["programming_error", "drift", "slow_noise", "stuck_cells", "adc_resolution"]


def test_verified_writing_takes_its_pulses(tmp_path: Path) -> None:
    sets = ("architecture.array.cell.device={kind: rram_generic, programming_error: 0.02}", "architecture.costs.write={per: array, energy: 10 pJ}")
    once = run(tmp_path / "once", *sets)
    verified = run(tmp_path / "verified", *sets, "architecture.array.write={verify_reads: 1, tolerance: 0.01, max_pulses: 50}")
    # 38 % of the pulses land within half a σ: 2.6 pulses a cell, many more until the last cell of a row is done.
    assert verified["timing"]["programming_cycles"] > 8 * once["timing"]["programming_cycles"]
    assert verified["energy"]["programming_pj"] > 2.6 * once["energy"]["programming_pj"]
    assert verified["energy"]["per_image_pj"] == once["energy"]["per_image_pj"]


def test_wires_are_told_of_with_the_error_of_their_solver(tmp_path: Path) -> None:
    device = "architecture.array.cell.device={kind: rram_generic, programming_error: 0.02, g_max: 40 uS}"
    keys = "row_resistance: 2 ohm, column_resistance: 2 ohm, driver_resistance: 50 ohm, sense_resistance: 50 ohm"

    def wires(solver: str, threads: str = "0") -> dict:
        return run(tmp_path / f"{solver}{threads}", device, f"architecture.array.wires={{solver: {solver}, {keys}}}",
                   threads=threads)

    nodal = wires("nodal")["wires"]
    fast = wires("fast")
    assert set(nodal) == {"layer", "current_loss"}
    assert 0.01 < nodal["current_loss"] < 0.5
    assert fast["wires"]["layer"] == nodal["layer"] == "fc1"
    assert fast["wires"]["current_loss"] == nodal["current_loss"]
    assert 0 < fast["wires"]["rms_error"] < fast["wires"]["max_error"] < 1e-3
    assert not any("solver of wires" in warning for warning in fast["warnings"])
    wires("nodal", "1")
    wires("nodal", "3")
    one, three = (files_below(tmp_path / name)["summary.json"] for name in ("nodal1", "nodal3"))
    assert one == three
    assert "wires" not in run(tmp_path / "perfect", device)


def test_a_fast_solver_that_is_wrong_is_warned_of(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", "architecture.array.cell.device={kind: rram_wan2022}",
                  "architecture.array.wires={solver: fast, row_resistance: 500 ohm, column_resistance: 500 ohm}")
    assert summary["wires"]["max_error"] > 0.01
    assert any(warning.startswith("the fast solver of wires is off by up to ") for warning in summary["warnings"])
