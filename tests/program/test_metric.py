# SPDX-License-Identifier: Apache-2.0
"""A network that does not classify: its error against targets, in their unit, instead of an accuracy."""

import json
import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from conftest import ROOT, ohmic

sys.path.insert(0, str(ROOT / "python"))
import ohmic as package  # noqa: E402

RUN = """
seed: 3
workload:
  network: net.onnx
  data:
    test:        {file: data.h5, split: test}
    calibration: {file: data.h5, split: train}
    normalize:   {mean: [0.0], std: [255.0]}
quantization:
  rules:
    - match: ".*"
      weights:     {bits: 8}
      activations: {bits: 8}
architecture:
  use: OHMIC/configs/architectures/rram_small.yaml
evaluation:
  trials: 4
  attribution: {trials: 3, images: 30}
"""

SWEEP = """
base: run.yaml
sampler: grid
parameters:
  architecture.array.adc.bits: [4, 6, 8]
  architecture.array.cell.device.read_noise: [0, 0.1]
objectives: {metric.array.mean: min, energy.per_image_pj: min}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network of two layers, and targets that it meets but for a little noise."""
    folder = tmp_path_factory.mktemp("metric")
    random = np.random.default_rng(5)
    values = {"w0": random.normal(0, 0.4, (12, 10)), "b0": random.normal(0, 0.2, 10),
              "w1": random.normal(0, 0.4, (10, 3)), "b1": random.normal(0, 0.2, 3)}
    nodes = [helper.make_node("Flatten", ["image"], ["flat"], "flatten"),
             helper.make_node("Gemm", ["flat", "w0", "b0"], ["h"], "fc1"),
             helper.make_node("Relu", ["h"], ["r"], "relu1"),
             helper.make_node("Gemm", ["r", "w1", "b1"], ["y"], "fc2")]
    graph = helper.make_graph(nodes, "net", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 12, 1, 1])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
                              [numpy_helper.from_array(v.astype(np.float32), k) for k, v in values.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), folder / "net.onnx")
    with h5py.File(folder / "data.h5", "w") as file:
        for split, count in (("train", 50), ("test", 60)):
            images = random.integers(0, 256, (count, 12, 1, 1), dtype=np.uint8)
            file[f"{split}/images"] = images
            file[f"{split}/targets"] = outputs(folder, images) + random.normal(0, 0.05, (count, 3))
            file[f"{split}/targets"].attrs["unit"] = "mm"
    (folder / "run.yaml").write_text(RUN.replace("OHMIC", str(ROOT)))
    return folder


def outputs(folder: Path, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(folder / "net.onnx"), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images.astype(np.float32) / 255})[0]


@pytest.fixture(scope="module")
def result(case: Path) -> Path:
    done = ohmic("run", str(case / "run.yaml"), "--out", str(case / "out"))
    assert "RMSE on 60 images: float " in done.stdout and " mm" in done.stdout
    return case / "out"


def test_the_error_is_that_of_onnxruntime(case: Path, result: Path) -> None:
    summary = json.loads((result / "summary.json").read_text())
    assert "accuracy" not in summary
    metric = summary["metric"]
    assert (metric["name"], metric["unit"], metric["images"]) == ("rmse", "mm", 60)
    assert metric["value"] == metric["array"]["mean"]
    with h5py.File(case / "data.h5") as file:
        errors = outputs(case, file["test/images"][:]) - file["test/targets"][:]
    assert metric["float"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-5)
    assert metric["float"] < metric["integer"] < metric["value"]
    assert metric["sampling_interval95"]["low"] < metric["value"] < metric["sampling_interval95"]["high"]


def test_raw_errors_give_every_trial(result: Path) -> None:
    run = package.load_run(result)
    errors = run.square_errors()
    assert errors.shape == (4, 60)
    assert np.sqrt(errors.mean(axis=1)) == pytest.approx(run.trials())
    assert run.get("metric.value") == pytest.approx(run.trials().mean())


def test_losses_are_positive_where_errors_do_harm(result: Path) -> None:
    found = json.loads((result / "summary.json").read_text())["attribution"]
    assert found["loss"]["mean"] == pytest.approx(found["chip"]["mean"] - found["integer"])
    assert found["loss"]["mean"] > 0
    worst = {cause["cause"]: cause["loss"]["mean"] + cause["gain"]["mean"] for cause in found["causes"]}
    assert worst[found["most_harmful_cause"]] == max(worst.values()) > 0


def test_a_chip_that_answers_nothing_is_said_to_guess(case: Path) -> None:
    device = "architecture.array.cell.device={kind: rram_generic, programming_error: 0.9, read_noise: 0.9}"
    done = ohmic("run", str(case / "run.yaml"), "--set", device, "--out", str(case / "noisy"))
    assert "warning: the chip guesses: its rmse is " in done.stdout + done.stderr


def test_the_report_is_drawn_in_the_unit_of_the_targets(case: Path, result: Path) -> None:
    ohmic("report", str(result))
    page = (result / "report.html").read_text()
    assert "RMSE on chip" in page and " mm" in page
    assert "accuracy" not in page.replace("attribution", "")


def test_a_sweep_is_drawn_in_the_unit_of_the_targets(case: Path, tmp_path: Path) -> None:
    (case / "sweep.yaml").write_text(SWEEP)
    ohmic("sweep", str(case / "sweep.yaml"), "--out", str(tmp_path / "sweep"))
    sweep = package.load_sweep(tmp_path / "sweep")
    assert (sweep.score.name, sweep.score.unit, sweep.score.goal) == ("RMSE", " mm", "min")
    ohmic("report", str(tmp_path / "sweep"))
    drawn = {file.stem for file in (tmp_path / "sweep").rglob("*.svg")}
    assert {"rmse_vs_energy", "rmse_vs_adc_bits"} <= drawn and not any("accuracy" in name for name in drawn)
    page = (tmp_path / "sweep/report.html").read_text()
    assert "lowest RMSE" in page and "accuracy" not in page
    best = sweep.points.loc[sweep.points["metric.array.mean"].idxmin()]
    assert sweep.score.text(best["metric.array.mean"], best["metric.array.ci95"]) in page


@pytest.mark.parametrize(("outputs_each", "message"), [
    (2**27, "targets of 134217728x1x1 (channels x height x width) cannot be"),
    (2**26, "100 targets of 67108864x1x1 are more than can be held: read fewer with 'images'")])
def test_targets_that_no_memory_holds_are_refused(case: Path, tmp_path: Path, outputs_each: int, message: str) -> None:
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file["test/images"] = np.zeros((100, 12, 1, 1), np.uint8)
        file.create_dataset("test/targets", (100, outputs_each), "f4")  # takes no room before it is written
    test = f"workload.data.test={{file: {tmp_path / 'huge.h5'}, split: test}}"
    done = ohmic("run", str(case / "run.yaml"), "--set", test, "--out", str(tmp_path / "out"), status=2)
    assert message in done.stderr
