# SPDX-License-Identifier: Apache-2.0
"""Results: sums that close exactly, the same bytes whatever computes them, sweeps that survive being killed."""

import csv
import json
import os
import shutil
import signal
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import h5py
import pytest

from conftest import OHMIC, QUICK, ROOT, files_below, ohmic


def summary_of(folder: Path) -> dict:
    """summary.json with its decimals exact."""
    return json.loads((folder / "summary.json").read_text(), parse_float=Decimal)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference") / "out"
    ohmic("run", *QUICK, "--out", str(folder), "--threads", "1")
    return folder


def test_energy_and_area_close_exactly(reference: Path) -> None:
    s = summary_of(reference)
    energy = s["energy"]
    assert sum(energy["by_component_pj"].values()) == energy["total_pj"]
    assert sum(energy["by_layer_pj"].values()) == energy["total_pj"]
    assert energy["per_image_pj"] * energy["images"] == energy["total_pj"]
    assert sum(s["area"]["by_component_mm2"].values()) == s["area"]["total_mm2"]
    layers = {layer["name"]: layer["energy_per_image_pj"] * energy["images"] for layer in s["layers"]}
    assert layers == {k: v for k, v in energy["by_layer_pj"].items() if k != "shared"}


def test_derived_numbers_follow_from_the_others(reference: Path) -> None:
    s = json.loads((reference / "summary.json").read_text())
    timing = s["timing"]
    assert timing["latency_ns"] == pytest.approx(timing["latency_cycles"] / timing["clock_ghz"])
    assert timing["images_per_s"] == pytest.approx(timing["clock_ghz"] * 1e9 / timing["interval_cycles"])
    macs = 64 * 64 + 64 * 32 + 32 * 10
    assert s["efficiency"]["tops"] == pytest.approx(2 * macs * timing["images_per_s"] * 1e-12)
    watts = s["energy"]["per_image_pj"] * 1e-12 * timing["images_per_s"]
    assert s["efficiency"]["tops_per_w"] == pytest.approx(s["efficiency"]["tops"] / watts)


def test_the_same_bytes_whatever_computes(reference: Path, tmp_path: Path) -> None:
    ways = [["--threads", "2"], ["--threads", "7"], ["--path", "per_cell"], ["--path", "planes"],
            ["--isa", "portable"], ["--isa", "avx2"], ["--isa", "avx512"]]
    flags = Path("/proc/cpuinfo").read_text()
    expected = files_below(reference)
    for i, way in enumerate(ways):
        if way[1].startswith("avx") and way[1] not in flags.replace("avx512bw", "avx512"):
            continue
        ohmic("run", *QUICK, "--out", str(tmp_path / str(i)), *way)
        assert files_below(tmp_path / str(i)) == expected, way


def test_the_digest_is_of_content_not_of_places(reference: Path, tmp_path: Path) -> None:
    """The same run from another folder has the same digest; another seed has another."""
    text = (ROOT / "configs/runs/digits_mlp.yaml").read_text()
    text = text.replace("../../workloads", f"{ROOT}/workloads").replace("../architectures", f"{ROOT}/configs/architectures")
    (tmp_path / "digits_mlp.yaml").write_text(text)
    ohmic("run", str(tmp_path / "digits_mlp.yaml"), *QUICK[1:], "--out", str(tmp_path / "a"))
    assert (tmp_path / "a/summary.json").read_bytes() == (reference / "summary.json").read_bytes()
    ohmic("run", *QUICK, "--set", "seed=2", "--out", str(tmp_path / "b"))
    digest = summary_of(tmp_path / "b")["provenance"]["config_digest"]
    assert digest != summary_of(reference)["provenance"]["config_digest"]


def test_the_digest_covers_the_content_of_the_calibration_data(reference: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "build/data/digits.h5", tmp_path / "digits.h5")
    with h5py.File(tmp_path / "digits.h5", "r+") as file:
        file["train/images"][0] = 0
    ohmic("run", *QUICK, "--out", str(tmp_path / "out"), "--data", str(tmp_path))
    changed = summary_of(tmp_path / "out")["provenance"]["config_digest"]
    assert changed != summary_of(reference)["provenance"]["config_digest"]


def test_cells_used_follow_from_the_shapes(reference: Path) -> None:
    """8-bit differential weights lie in four 2-bit slices, both planes alike."""
    s = summary_of(reference)
    used = 0
    for layer in (layer for layer in s["layers"] if layer["rows"]):
        cells = layer["rows"] * layer["columns"] * 4
        arrays = layer["arrays"] // layer["replicas"]
        assert float(layer["cell_utilisation"]) == pytest.approx(cells / (arrays * 128 * 128))
        used += cells * layer["replicas"]
    assert float(s["mapping"]["cell_utilisation"]) == pytest.approx(used / (s["mapping"]["arrays_used"] * 128 * 128))


def test_read_noise_differs_from_chip_to_chip(tmp_path: Path) -> None:
    noise = "architecture.array.cell.device={programming_error: 0, read_noise: 0.15}"
    ohmic("run", "configs/runs/digits_mlp.yaml", "--set", "evaluation.trials=4", "--set", noise, "--out", str(tmp_path / "o"))
    with h5py.File(tmp_path / "o/result.h5") as file:
        assert len(set(file["accuracy/array/trials"][:])) > 1


def test_hdf5_holds_units_trials_and_the_configuration(reference: Path) -> None:
    with h5py.File(reference / "result.h5") as file:
        assert file["components/energy_per_image_aj"].attrs["unit"] == "aJ"
        total = int(file["components/energy_per_image_aj"][:].sum())
        assert Decimal(total) / 10**6 == summary_of(reference)["energy"]["per_image_pj"]
        assert file["accuracy/array/trials"].shape == (2,)
        configuration = json.loads(file["configuration"][0])
        assert configuration["architecture"]["array"]["adc"]["bits"] == 8
        assert configuration["architecture"]["array"]["read"]["time"] == "10 ns"


def test_doubling_the_cycles_per_conversion_doubles_an_adc_bound_interval(tmp_path: Path) -> None:
    """Conversions that take whole cycles, one replica, and nothing else that is slow."""
    intervals = []
    for rate in ("250 MS/s", "125 MS/s"):
        out = tmp_path / rate.replace(" ", "").replace("/", "")
        ohmic("run", *QUICK, "--set", f"architecture.array.adc.rate={rate}", "--set", "mapping.strategy=single",
              "--set", "architecture.fabric.kind=point_to_point", "--set", "architecture.array.read.time=1 ns",
              "--set", "architecture.tile.digital.lanes=1024", "--out", str(out))
        intervals.append(summary_of(out)["timing"]["interval_cycles"])
    assert intervals[1] == 2 * intervals[0]


def test_what_sets_the_interval_is_named(tmp_path: Path) -> None:
    """One bit wide, a wire is what everything waits for; its tokens times its beats are the interval."""
    out = tmp_path / "out"
    told = ohmic("run", *QUICK, "--set", "architecture.fabric.kind=point_to_point",
                 "--set", "architecture.fabric.link_bits=1", "--out", str(out))
    timing = summary_of(out)["timing"]
    assert timing["bottleneck"]["resource"].startswith("wires of stream ")
    assert timing["bottleneck"]["cycles"] <= timing["interval_cycles"] <= timing["bottleneck"]["cycles"] * Decimal("1.2")
    assert f"{timing['bottleneck']['resource']} sets it" in told.stdout + told.stderr
    with h5py.File(out / "result.h5") as file:
        assert file["timing/loads/cycles_per_image"][0] == timing["bottleneck"]["cycles"]
        assert len(file["timing/stages/name"]) == len(file["timing/stages/busy_cycles"])


def test_trace(tmp_path: Path) -> None:
    ohmic("run", *QUICK, "--out", str(tmp_path / "out"), "--trace", str(tmp_path / "t.json"))
    events = json.loads((tmp_path / "t.json").read_text())["traceEvents"]
    assert any(e["ph"] == "X" and e["dur"] >= 0 for e in events)
    assert ohmic("run", *QUICK, "--out", str(tmp_path / "o2"), "--trace", "t.vcd", status=2).stderr.startswith("--trace")


def test_map_saves_and_compares(tmp_path: Path) -> None:
    program = tmp_path / "program.json"
    ohmic("map", *QUICK, "--save", str(program))
    assert ohmic("map", *QUICK, "--diff", str(program)).stdout == ""
    changed = ohmic("map", *QUICK, "--set", "mapping.buffer_slack=3", "--diff", str(program), status=1)
    assert "capacity" in changed.stdout


def test_emit_and_check(tmp_path: Path) -> None:
    out = ohmic("emit", *QUICK, "--weights-only", "--out", str(tmp_path / "rtl")).stdout
    assert "every word read back and compared" in out
    again = ohmic("emit", *QUICK, "--weights-only", "--out", str(tmp_path / "rtl2"))
    assert again.returncode == 0
    assert files_below(tmp_path / "rtl") == files_below(tmp_path / "rtl2")
    assert "every node can be run" in ohmic("check", "workloads/nets/digits_mlp/model.onnx").stdout


SWEEP = """base: {base}
sampler: grid
parameters:
  architecture.array.adc.bits: [6, 7, 8]
  architecture.array.cell.device.read_noise: [0, 0.05]
objectives: {{accuracy.array.mean: max, energy.per_image_pj: min}}
"""


def sweep_arguments(folder: Path, out: str) -> list[str]:
    file = folder / "sweep.yaml"
    file.write_text(SWEEP.format(base=ROOT / "configs/runs/digits_mlp.yaml"))
    return ["sweep", str(file), "--set", "workload.data.test.images=20", "--out", str(folder / out)]


def results_of(folder: Path) -> dict[str, bytes]:
    """What must not depend on workers or interruptions: all but journals and cache."""
    return {k: v for k, v in files_below(folder).items() if not k.startswith(("journal", "cache"))}


def test_a_sweep_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    folders = []
    for jobs in ("1", "2", "7"):
        ohmic(*sweep_arguments(tmp_path, f"out{jobs}"), "--jobs", jobs)
        folders.append(results_of(tmp_path / f"out{jobs}"))
    assert folders[0] == folders[1] == folders[2]
    rows = list(csv.DictReader((tmp_path / "out1/sweep.csv").open()))
    assert [r["architecture.array.adc.bits"] for r in rows] == ["6", "6", "7", "7", "8", "8"]
    assert rows[0]["energy.per_image_pj"] != rows[-1]["energy.per_image_pj"]
    with h5py.File(tmp_path / "out1/sweep.h5") as file:
        assert list(file["architecture.array.adc.bits"][:]) == [6, 6, 7, 7, 8, 8]
        assert file["energy.per_image_pj"].attrs["unit"] == "pJ"
        assert file["energy.by_component_pj.adc"].attrs["unit"] == "pJ"
        assert file["efficiency.tops_per_w"].attrs["unit"] == "TOPS/W"
        assert file["architecture.array.adc.bits"].attrs["unit"] == "1"


def test_a_killed_sweep_goes_on_and_gives_the_same(tmp_path: Path) -> None:
    ohmic(*sweep_arguments(tmp_path, "whole"), "--jobs", "1")
    arguments = [str(OHMIC), *sweep_arguments(tmp_path, "killed"), "--jobs", "2"]
    environment = os.environ | {"OHMIC_DATA": str(ROOT / "build/data")}
    for delay in (0.02, 0.08, 0.2):
        process = subprocess.Popen(arguments + ["--resume"], cwd=ROOT, env=environment, start_new_session=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    journals = sorted((tmp_path / "killed").glob("journal.*"))
    if journals:
        with journals[0].open("a") as file:
            file.write('{"point": 5, "dig')  # a line torn by the crash
    done = ohmic(*sweep_arguments(tmp_path, "killed"), "--jobs", "2", "--resume")
    assert "6 points" in done.stdout
    assert results_of(tmp_path / "killed") == results_of(tmp_path / "whole")
    assert "6 from before" in ohmic(*sweep_arguments(tmp_path, "killed"), "--resume").stdout
    refused = ohmic(*sweep_arguments(tmp_path, "killed"), status=2).stderr
    assert refused.endswith("already holds a result (use --resume to go on, --force to replace it)\n")


@pytest.mark.parametrize("options", [(), ("--resume",), ("--force",)])
def test_a_sweep_killed_while_it_writes_its_description_left_it_to_us(tmp_path: Path, options: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "sweep.json.999999999.tmp").write_text('{"name": "swe')
    file = tmp_path / "sweep.yaml"
    file.write_text(f"base: {ROOT}/configs/runs/digits_mlp.yaml\nsampler: list\npoints: [{{evaluation.trials: 1}}]\n")
    arguments = ("sweep", str(file), "--set", "workload.data.test.images=2", "--jobs", "1", "--out", str(out), *options)
    (out / "mine.txt").write_text("x")
    assert ohmic(*arguments, status=2).stderr == f"{out}: holds files that are no sweep of ours, so it is not touched\n"
    assert (out / "sweep.json.999999999.tmp").exists()
    (out / "mine.txt").unlink()
    assert "1 point" in ohmic(*arguments).stdout
    assert (out / "points/0/summary.json").exists() and not list(out.glob("*.tmp"))


def test_a_folder_has_one_sweep_at_a_time(tmp_path: Path) -> None:
    longer = ["--set", "evaluation.trials=4000", "--jobs", "1"]
    first = subprocess.Popen([str(OHMIC), *sweep_arguments(tmp_path, "out"), *longer], cwd=ROOT,
                             env=os.environ | {"OHMIC_DATA": str(ROOT / "build/data")}, start_new_session=True,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / "out/sweep.json").exists():
            time.sleep(0.01)
        for option in ("--resume", "--force"):
            told = ohmic(*sweep_arguments(tmp_path, "out"), option, status=2).stderr
            assert told == f"{tmp_path}/out: another sweep is writing into it\n"
        assert (tmp_path / "out/sweep.json").exists()
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert "6 points" in ohmic(*sweep_arguments(tmp_path, "out"), "--resume").stdout


def test_a_sweep_that_changed_is_not_believed(tmp_path: Path) -> None:
    """Results of another configuration in the same folder: run again, whatever the old journals say."""
    ohmic(*sweep_arguments(tmp_path, "out"), "--jobs", "3")
    changed = [*sweep_arguments(tmp_path, "out"), "--set", "architecture.array.adc.range=lossless", "--resume"]
    ohmic(*changed, "--jobs", "1", status=1)
    rows = list(csv.DictReader((tmp_path / "out/sweep.csv").open()))
    assert [bool(r["error"]) for r in rows] == [True, True, True, True, False, False]
    ohmic(*sweep_arguments(tmp_path, "out"), "--resume")
    ohmic(*sweep_arguments(tmp_path, "new"))
    assert results_of(tmp_path / "out") == results_of(tmp_path / "new")


def test_points_of_a_sweep_are_the_single_runs(tmp_path: Path) -> None:
    """What the cache shares between points must be what they would compute alone."""
    points = [
        {"architecture.fabric.kind": "mesh"}, {"architecture.fabric.kind": "bus"},
        {"architecture.clock": "2 GHz"}, {"workload.data.normalize.std": "[8.0]"},
        {"workload.data.test.skip": "7"}, {"quantization.rules[0].weights.bits": "4"},
        {"architecture.global_buffer.width_bits": "8"},
    ]
    listed = "".join(f"  - {{{key!r}: {value}}}\n" for point in points for key, value in point.items())
    (tmp_path / "s.yaml").write_text(f"base: {ROOT}/configs/runs/digits_mlp.yaml\nsampler: list\npoints:\n{listed}")
    ohmic("sweep", str(tmp_path / "s.yaml"), "--set", "workload.data.test.images=20", "--set", "evaluation.trials=2",
          "--out", str(tmp_path / "out"), "--jobs", "1")
    for i, point in enumerate(points):
        (key, value), = point.items()
        ohmic("run", *QUICK, "--set", f"{key}={value}", "--out", str(tmp_path / f"r{i}"))
        alone, swept = summary_of(tmp_path / f"r{i}"), summary_of(tmp_path / f"out/points/{i}")
        assert alone | {"name": ""} == swept | {"name": ""}, point
        clock = 2 if key == "architecture.clock" else 1
        assert alone["timing"]["latency_ns"] * clock == alone["timing"]["latency_cycles"]


def test_an_objective_that_is_no_number_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        f"base: {ROOT}/configs/runs/digits_mlp.yaml\nsampler: list\npoints: [{{seed: 3}}, {{seed: 4}}]\n"
        "objectives: {accuracy.aray.mean: max, energy.per_image_pj: min}\n"
    )
    done = ohmic("sweep", str(tmp_path / "s.yaml"), "--set", "workload.data.test.images=20", "--out", str(tmp_path / "o"))
    warning = "warning: objective 'accuracy.aray.mean' is no number of a result (did you mean 'accuracy.array.mean'?)\n"
    assert done.stderr.count(warning) == 2, "after the first point, and at the end"


def test_points_that_cannot_be_run_are_told_and_the_others_kept(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        f"base: {ROOT}/configs/runs/digits_mlp.yaml\nsampler: list\n"
        "points:\n  - {architecture.array.adc.bits: 8}\n"
        "  - {architecture.array.adc.range: lossless, architecture.array.adc.bits: 4}\n"
    )
    done = ohmic("sweep", str(tmp_path / "s.yaml"), "--set", "workload.data.test.images=20",
                 "--out", str(tmp_path / "out"), status=1)
    assert "1 of 2 points could not be run" in done.stderr
    rows = list(csv.DictReader((tmp_path / "out/sweep.csv").open()))
    assert rows[0]["error"] == "" and rows[0]["accuracy.array.mean"]
    assert "lossless" in rows[1]["error"] and rows[1]["accuracy.array.mean"] == ""
