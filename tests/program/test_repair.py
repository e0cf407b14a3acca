# SPDX-License-Identifier: Apache-2.0
"""Repairs of a chip with bad converters: what they bring, what they cost, and where they cannot be."""

import json
from pathlib import Path

import pytest

from conftest import QUICK, ROOT, ohmic

CHIP = [
    *QUICK,
    "--set", "architecture.array.adc={kind: sar, offset_lsb: 4, gain_error: 0.05}",
    "--set", "architecture.costs.multiplier={per: tile, count: 16, energy: 1 pJ}",
]


def summary(folder: Path, *arguments: str) -> dict:
    done = ohmic("run", *CHIP, *arguments, "--out", str(folder))
    result = json.loads((folder / "summary.json").read_text())
    result["console"] = done.stdout
    return result


def test_repairs_are_costed_and_their_gain_is_that_of_the_same_chips(tmp_path: Path) -> None:
    bare = summary(tmp_path / "bare")
    assert "repair" not in bare
    affine = summary(tmp_path / "affine", "--set", "repair.affine=true")
    both = summary(tmp_path / "both", "--set", "repair={affine: true, column_offset_gain: true}")
    columns = both["repair"]["column_offset_gain"]
    accuracy = {name: s["accuracy"]["array"]["mean"] for name, s in (("bare", bare), ("affine", affine), ("both", both))}
    assert columns["accuracy_without"] == pytest.approx(accuracy["affine"])
    assert affine["repair"]["affine"]["accuracy_without"] == pytest.approx(accuracy["bare"])
    assert columns["gain"] == pytest.approx(accuracy["both"] - accuracy["affine"])
    assert accuracy["both"] > accuracy["bare"]
    # Digital work: a multiplication and an addition for each conversion and for each output.
    conversions = sum(layer["conversions_per_image"] for layer in both["layers"])
    outputs = sum(layer["columns"] * layer["pixels"] for layer in both["layers"])
    energy = both["energy"]["by_component_pj"]
    assert energy["multiplier"] / both["energy"]["images"] == pytest.approx(conversions + outputs)
    adders = (energy["adder"] - bare["energy"]["by_component_pj"]["adder"]) / both["energy"]["images"]
    leakage = "leakage_by_component_pj"
    adders -= (both["energy"][leakage]["adder"] - bare["energy"][leakage]["adder"]) / both["energy"]["images"]
    assert adders == pytest.approx(0.21 * (conversions + outputs))
    spent = sum(r["per_image_pj"] for r in both["repair"].values())
    assert spent == pytest.approx(1.21 * (conversions + outputs))
    # Calibration is in no image: 64 test vectors for every replica of a layer, all calibration images for the line.
    replicas = sum(layer["replicas"] for layer in both["layers"] if layer["rows"] > 0)
    assert columns["calibration_vectors"] == 64 * replicas
    assert both["repair"]["affine"]["calibration_vectors"] == 256 * replicas
    assert columns["calibration_cycles"] > 0 and columns["calibration_pj"] > 0
    assert both["timing"]["latency_cycles"] > bare["timing"]["latency_cycles"]
    assert "repair column_offset_gain: " in both["console"]


def test_a_lossless_range_with_errors_is_warned_of(tmp_path: Path) -> None:
    done = summary(tmp_path / "out", "--set", "architecture.array.adc={range: lossless, bits: 9}")
    assert any(w.startswith("architecture.array.adc.range is lossless, but its converters have errors")
               for w in done["warnings"])


def test_the_published_converter_works_once_it_is_repaired(tmp_path: Path, run_yaml) -> None:
    """Offsets of two steps, different from converter to converter, are more than a network bears."""
    path = run_yaml(("architecture:\n", "architecture:\n  array: {adc: {use: %s/configs/converters/sar_8b.yaml}}\n" % ROOT))

    def accuracy(*repair: str) -> float:
        folder = tmp_path / f"out{len(repair)}"
        ohmic("run", path, "--set", "workload.data.test.images=20", "--set", "evaluation.trials=2", *repair, "--out",
              str(folder))
        return json.loads((folder / "summary.json").read_text())["accuracy"]["array"]["mean"]

    repaired = accuracy("--set", "repair={column_offset_gain: true, affine: true}")
    assert repaired > 0.5
    assert repaired > accuracy()


def test_chips_with_repair_are_not_emitted(tmp_path: Path) -> None:
    done = ohmic("emit", *CHIP, "--set", "repair.affine=true", "--out", str(tmp_path / "out"), status=2)
    assert done.stderr.rstrip("\n").endswith(
        "repair: is digital hardware that only level token has: switch it off to build the chip")
    assert not (tmp_path / "out").exists()
