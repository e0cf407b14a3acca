# SPDX-License-Identifier: Apache-2.0
"""Networks and chips that are shipped, from end to end: digital arrays are exact, published networks as published."""

import json
import os
from pathlib import Path

import pytest

from conftest import ROOT, ohmic

DATA = ":".join([*os.environ.get("OHMIC_DATA", "").split(":"), str(ROOT / "build/data")]).strip(":")


def summary_of(tmp_path: Path, *arguments: str) -> dict:
    ohmic("run", *arguments, "--out", str(tmp_path / "out"), OHMIC_DATA=DATA)
    return json.loads((tmp_path / "out/summary.json").read_text())


def check_sums(summary: dict) -> None:
    """Energy by component and by layer, area by component: each adds up to its total."""
    energy, area = summary["energy"], summary["area"]
    assert sum(energy["by_component_pj"].values()) == pytest.approx(energy["total_pj"], rel=1e-12)
    assert sum(energy["by_layer_pj"].values()) == pytest.approx(energy["total_pj"], rel=1e-12)
    assert sum(area["by_component_mm2"].values()) == pytest.approx(area["total_mm2"], rel=1e-12)


def test_digital_arrays_lose_nothing_on_all_digits(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, "configs/runs/digits_cnn_digital.yaml")
    accuracy = summary["accuracy"]
    assert accuracy["images"] == 450
    assert accuracy["array"]["mean"] == accuracy["integer"]
    check_sums(summary)
    assert not {"adc", "sample_hold"} & summary["energy"]["by_component_pj"].keys()
    assert summary["energy"]["by_component_pj"]["array"] > 0


def test_there_is_nothing_to_repair_on_digital_arrays() -> None:
    told = ohmic("run", "configs/runs/digits_cnn_digital.yaml", "--set", "repair.affine=true", status=2).stderr
    assert told.strip().endswith(
        "repair: digital arrays (architecture.array.compute) are exact: there is nothing to repair")


def test_a_digital_chip_takes_one_read_a_step(tmp_path: Path) -> None:
    """Eight steps of two cycles each set the interval of a layer without replicas; a slower read, in proportion."""
    run = ("configs/runs/digits_cnn_digital.yaml", "--set", "mapping.strategy=single",
           "--set", "workload.data.test.images=2")
    fast = summary_of(tmp_path / "a", *run)
    slow = summary_of(tmp_path / "b", *run, "--set", "architecture.array.read.time=20 ns")
    assert slow["timing"]["interval_cycles"] == 10 * fast["timing"]["interval_cycles"]


def data_runs() -> list[tuple[str, dict[str, float]]]:
    return [("resnet8_cifar10", {"float": 0.864, "integer": 0.860}), ("resnet20_cifar10", {"float": 0.912})]


@pytest.mark.parametrize("name,published", data_runs())
def test_residual_networks_run_from_end_to_end(name: str, published: dict[str, float], tmp_path: Path) -> None:
    text = (ROOT / f"configs/runs/{name}.yaml").read_text()
    names = [part.split('"')[0] for part in text.split('"data:')[1:]]
    if not all(any((Path(folder) / file).is_file() for folder in DATA.split(":")) for file in names):
        pytest.skip(f"needs {', '.join(names)} on the data path (OHMIC_DATA)")
    summary = summary_of(tmp_path, f"configs/runs/{name}.yaml", "--set", "evaluation.images=100",
                         "--set", "evaluation.trials=1")
    check_sums(summary)
    accuracy = summary["accuracy"]
    assert accuracy["images"] == 100
    for key, value in published.items():
        assert accuracy[key] == pytest.approx(value, abs=0.08), key  # of all 1000: tests/data
    assert accuracy["array"]["mean"] > 0.5
    assert summary["timing"]["interval_cycles"] > 1024  # the image comes in pixel by pixel
