# SPDX-License-Identifier: Apache-2.0
"""Layers whose weights stream, end to end: accuracy, cycles, energy and words against numpy on model.onnx alone."""

import json
from decimal import Decimal
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from conftest import ROOT, ohmic

RUNS = ["streamed_mlp", "streamed_mlp_rrelu"]


def q5_3(values) -> np.ndarray:
    """Real numbers as the integers of Q5.3, halves to even."""
    return np.clip(np.rint(np.asarray(values, np.float64) * 8), -128, 127).astype(np.int64)


def network(name: str):
    """Integer weights [8, 4] and bias [8] (in 2^-6) of one of the two networks."""
    model = onnx.load(ROOT / "workloads/nets" / name / "model.onnx")
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    return q5_3(tensors["fc1.weight"]), np.rint(np.float64(tensors["fc1.bias"]) * 64).astype(np.int64)


def slopes():
    """Alpha of beat 0, 1, 2, …: the register shifted as a string of bits, x^8 + x^6 + x^5 + x^4 + 1."""
    bits = "00000001"  # bit 7 first
    while True:
        yield 8 + int(bits[4:], 2) * 13 // 16
        fed_back = sum(int(bits[8 - k]) for k in (8, 6, 5, 4)) % 2
        bits = bits[1:] + str(fed_back)


def classes(name: str) -> tuple[np.ndarray, np.ndarray]:
    """(class, label) of all test samples."""
    weights, bias = network(name)
    with h5py.File(ROOT / "build/data/quadrants.h5") as file:
        pixels, labels = file["test/images"][()].reshape(-1, 4), file["test/labels"][()]
    sums = q5_3(pixels / 16) @ weights.T + bias
    quotients = (sums + 4) >> 3  # half up
    if name == "streamed_mlp":
        outputs = np.maximum(quotients, 0)
    else:
        alpha = slopes()
        outputs = quotients.copy()
        for row in outputs:  # an image has two beats of four outputs
            for beat in (row[:4], row[4:]):
                beat[:] = np.where(beat < 0, (beat * next(alpha) + 32) >> 6, beat)
    return np.clip(outputs, -128, 127).argmax(1), labels


@pytest.fixture(scope="module", params=RUNS)
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    folder = tmp_path_factory.mktemp("streamed") / "out"
    ohmic("run", f"configs/runs/{request.param}.yaml", "--out", str(folder))
    return request.param, json.loads((folder / "summary.json").read_text(), parse_float=Decimal)


def test_the_integers_classify_as_numpy_does(result: tuple[str, dict]) -> None:
    name, s = result
    guess, labels = classes(name)
    right = int((guess == labels).sum())
    assert s["accuracy"]["images"] == len(labels) == 362
    assert round(s["accuracy"]["integer"] * 362) == right
    assert s["accuracy"]["array"]["mean"] == s["accuracy"]["integer"]  # nothing analog is in the way


def test_cycles_are_the_sum_of_named_parts(result: tuple[str, dict], tmp_path: Path) -> None:
    ohmic("run", f"configs/runs/{result[0]}.yaml", "--set", "simulation.images_in_flight=1", "--out", str(tmp_path / "out"))
    alone = json.loads((tmp_path / "out/summary.json").read_text())["timing"]
    words, multiply, accumulate, digital, hop = 2, 1, 1, 2, 1
    source = 1 + 1 + hop  # first beat out of the memory, the source's register, the link
    lanes = words + multiply + accumulate + digital
    result_flits, sink = 2, 1
    store = 2 + 2  # latency of the global buffer, two words of 32 bits
    # Each "+ 1" is a register: a token is used in the cycle after it was written. Cycle 0 is the first beat.
    assert alone["latency_cycles"] == source + 1 + lanes + hop + (result_flits - 1) + 1 + sink + store - 1 == 17
    timing = result[1]["timing"]
    assert timing["latency_cycles"] == 17 + 2  # a read of a later image holds the global buffer
    assert timing["interval_cycles"] == (2 + 1) + store  # the global buffer: an image of one word, a result of two


def test_energy_closes_and_has_multipliers_in_it(result: tuple[str, dict]) -> None:
    energy = result[1]["energy"]
    components = energy["by_component_pj"]
    assert sum(components.values()) == energy["total_pj"]
    leakage = energy["leakage_by_component_pj"]
    assert components["multiplier"] - leakage["multiplier"] == Decimal("0.793") * 4 * 8 * energy["images"]
    assert components["weight_memory"] - leakage["weight_memory"] == Decimal("0.0166") * 4 * 8 * 8 * energy["images"]
    assert sum(result[1]["area"]["by_component_mm2"].values()) == result[1]["area"]["total_mm2"]


@pytest.mark.parametrize("name", RUNS)
def test_emitted_words_are_the_weights(name: str, tmp_path: Path) -> None:
    ohmic("emit", f"configs/runs/{name}.yaml", "--out", str(tmp_path / "out"))
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    (stream,) = manifest["streams"]
    assert manifest["images"] == []
    lines = (tmp_path / "out" / stream["file"]).read_text().split()
    words = [np.frombuffer(bytes.fromhex(line)[::-1], np.int8).reshape(4, 4) for line in lines]
    assert np.array_equal(np.concatenate(words), network(name)[0])
    leaky = {"rounding": "half_up", "randomized": {"seed": 1, "lanes": 4}}
    assert manifest["layers"][0].get("leaky") == (leaky if name == "streamed_mlp_rrelu" else None)


def test_a_wrong_number_of_lanes_is_told_at_its_place() -> None:
    done = ohmic("map", "configs/runs/streamed_mlp_rrelu.yaml", "--set", "architecture.tile.multiply_lanes.outputs=8",
                 status=2)
    assert ("architecture.tile.multiply_lanes.outputs: a beat of the activation unit of node 'fc1' has 8 outputs, but its "
            "slopes are drawn for beats of 4 (leaky.randomized.lanes of its quantization rule)") in done.stderr


def test_more_lanes_take_fewer_words() -> None:
    run = "configs/runs/streamed_mlp.yaml"
    lanes = "architecture.tile.multiply_lanes"
    for inputs, outputs, words in ((1, 1, 32), (2, 4, 4), (3, 5, 4), (4, 8, 1)):
        done = ohmic("map", run, "--set", f"{lanes}.inputs={inputs}", "--set", f"{lanes}.outputs={outputs}", "--json")
        stage = next(s for s in json.loads(done.stdout)["stages"] if s["kind"] == "lanes")
        assert (stage["interval"], stage["latency"]) == (words, words + 1 + 1 + 2)
