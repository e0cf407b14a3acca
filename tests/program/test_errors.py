# SPDX-License-Identifier: Apache-2.0
"""Bad input: the message word by word, exit status 2, nothing written. One test per rule."""

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

from conftest import OHMIC, QUICK, ROOT, ohmic

ARCHITECTURE = "configs/architectures/rram_small.yaml"


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """stderr of a run that must be refused without writing a file into `folder`/out."""
    done = ohmic("run", *arguments, "--out", str(folder / "out"), status=2, **environment)
    assert not list(folder.glob("out*")), "something was written"
    assert done.stderr.count("\n") == 1 and not done.stdout
    return done.stderr.rstrip("\n")


def refused_set(folder: Path, assignment: str) -> str:
    return refused(folder, *QUICK, "--set", assignment)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("architecture.array.adc.bitz=6",
         "architecture.array.adc: unknown key 'bitz' (did you mean 'bits'? known: bits, columns_per_adc, kind, "
         "percentile, range, rate, scope)"),
        ("architecture.array.read.time=10",
         "architecture.array.read.time: needs a unit, write for example '10 ns'"),
        ("architecture.array.read.time=10 pJ",
         "architecture.array.read.time: 'pJ' is not a unit of time (known: fs, ps, ns, us, ms, s, min, h, day, days)"),
        ("evaluation.time_since_write=-1 s",
         "evaluation.time_since_write: must be at least 0, not -1 s"),
        ("architecture.array.rows=0",
         "architecture.array.rows: must be between 1 and 65536, not 0"),
        ("architecture.array.rows=-4",
         "architecture.array.rows: must be between 1 and 65536, not -4"),
        ("architecture.tile.buffer=0 KiB",
         "architecture.tile.buffer: must be more than 0, not 0 KiB"),
        ("architecture.array.weights.encoding=xnor",
         "architecture.array.cell.bits: xnor weights need 1-bit cells, not 2"),
        ("architecture.array.weights.encoding=ternary",
         "architecture.array.weights.encoding: unknown value 'ternary' (known: differential, offset, "
         "twos_complement, xnor)"),
        ("architecture.array.parallel_rows=129",
         "architecture.array.parallel_rows: must be at most the array's rows (128), not 129"),
        ("architecture.array.adc.kind=flash",
         "architecture.array.adc.kind: unknown value 'flash' (known: ideal, sar)"),
        ("architecture.array.adc={kind: sar, offset_lsb: -1}",
         "architecture.array.adc.offset_lsb: must be between 0 and 65536, not -1"),
        ("architecture.array.adc={kind: sar, inl_lsb: 64}",
         "architecture.array.adc.inl_lsb: a bow of 64 LSB would fold the codes of a converter of 8 bits: its magnitude "
         "must be below 63.5"),
        ("architecture.array.adc.percentile=100.5",
         "architecture.array.adc.percentile: must be between 50 and 100, not 100.5"),
        ("architecture.array.inputs.level_error=-0.1",
         "architecture.array.inputs.level_error: must be between 0 and 0.1, not -0.1"),
        ("repair.column_offset_gan=true",
         "repair: unknown key 'column_offset_gan' (did you mean 'column_offset_gain'? known: affine, column_offset_gain, "
         "converter_ranges, drift_compensation, test_vectors)"),
        ("repair.drift_compensation=true",
         "repair.drift_compensation: the device 'rram_generic' does not drift: there is nothing to compensate"),
        ("architecture.array.wires={solver: fast, row_resistance: -1 ohm, column_resistance: 1 ohm}",
         "architecture.array.wires.row_resistance: must be between 0 and 1000 Mohm, not -1 ohm"),
        ("architecture.array.wires={solver: fast, row_resistance: 1 ohm, column_resistance: 1 ohm}",
         "architecture.array.wires: wires need the conductance of cells: device 'rram_generic' has no g_max"),
        ("architecture.costs.adc.model=magic",
         "architecture.costs.adc.model: unknown value 'magic' (known: adc_regression, per_cell, table)"),
        ("mapping.strategy=best",
         "mapping.strategy: unknown value 'best' (known: balanced, single)"),
        ("evaluation.trials=0",
         "evaluation.trials: must be between 1 and 100000, not 0"),
        ("evaluation.stop_when={ci95_below: 0.01, min_trials: 6}",
         "evaluation.stop_when.min_trials: must be at most evaluation.trials (2), not 6"),
        ("evaluation.stop_when={min_trials: 2}",
         "evaluation.stop_when: missing key 'ci95_below' (half-width of the 95 % interval that is narrow enough: a "
         "fraction of 1, or an error in the targets' unit)"),
        ("evaluation.stop_when={ci95_below: 1.5, min_trials: 2}",
         "evaluation.stop_when.ci95_below: must be at most 1, not 1.5: accuracies are fractions of 1"),
        ("evaluation.stop_when.ci95_below=0",
         "evaluation.stop_when.ci95_below: must be more than 0, not 0"),
        ("evaluation.attribution={causes: false, layers: false}",
         "evaluation.attribution: needs causes or layers; leave the section out to compute neither"),
        ("evaluation.attribution.images=21",
         "evaluation.attribution.images: must be at most the images that are evaluated (20), not 21"),
        ("quantization.rules[0].weights.bits=1",
         "quantization.rules[0].weights.bits: must be between 2 and 16, not 1"),
    ],
)
def test_wrong_values(tmp_path: Path, assignment: str, message: str) -> None:
    assert refused_set(tmp_path, assignment).endswith(message)
    assert refused_set(tmp_path, assignment).startswith(("--set", "configs/"))


def test_a_solver_that_does_not_converge(tmp_path: Path) -> None:
    """It says where and how far it got."""
    message = refused(
        tmp_path, *QUICK, "--set", "architecture.array.cell.device={kind: rram_wan2022}", "--set",
        "architecture.array.wires={solver: fast, row_resistance: 10 kohm, column_resistance: 10 kohm, max_iterations: 2}")
    assert re.search(
        r": architecture\.array\.wires\.solver: layer 'fc1': the array of rows 0 to \d+, columns 0 to \d+, plane p: after 2 "
        r"iterations currents still change by \d\.\d\de[+-]\d\d of the largest, tolerance is 0\.0001 \(more "
        r"max_iterations, or solver: nodal\)$", message), message


def test_duplicate_key(tmp_path: Path, run_yaml) -> None:
    path = run_yaml(("seed: 1\n", "seed: 1\nseed: 2\n"))
    line = path.read_text().splitlines().index("seed: 2") + 1
    assert refused(tmp_path, path) == f"{path}:{line}:1: duplicate key 'seed' (first at line {line - 1})"


def test_lossless_converter_with_too_few_bits(tmp_path: Path) -> None:
    message = refused_set(tmp_path, "architecture.array.adc={range: lossless, bits: 5}")
    assert message.endswith(
        "architecture.array.adc.bits: lossless conversion of layer 'fc1' needs 8 bits, the converter has 5: its "
        "columns reach -85 to 65 (fewer parallel_rows, cell bits or DAC bits need fewer)")


def test_network_too_large(tmp_path: Path) -> None:
    message = refused(tmp_path, *QUICK, "--set", "architecture.tiles={x: 1, y: 1}", "--set",
                      "architecture.tile.arrays_per_core=1")
    assert "architecture.tiles: the network needs 4 arrays" in message
    assert "has 1" in message


def test_missing_and_damaged_files(tmp_path: Path, run_yaml) -> None:
    assert refused(tmp_path, str(tmp_path / "no.yaml")) == f"{tmp_path}/no.yaml: cannot be read: No such file or directory"
    model = ROOT / "workloads/nets/digits_mlp/model.onnx"
    path = run_yaml((str(model), "nowhere.onnx"))
    assert refused(tmp_path, path).endswith(f"workload.network: there is no file '{tmp_path}/nowhere.onnx'")
    whole = model.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    path = run_yaml((str(model), "cut.onnx"))
    assert refused(tmp_path, path).startswith(f"{tmp_path}/cut.onnx: ")
    path = run_yaml(("rram_small.yaml", "no_chip.yaml"))
    assert "use: there is no preset file" in refused(tmp_path, path)


def test_missing_data(tmp_path: Path) -> None:
    message = refused(tmp_path, *QUICK, "--data", str(tmp_path))
    assert f"data:digits.h5 is in none of the data folders ({tmp_path})" in message
    (tmp_path / "digits.h5").write_bytes((ROOT / "build/data/digits.h5").read_bytes()[:5000])
    assert str(tmp_path / "digits.h5") in refused(tmp_path, *QUICK, "--data", str(tmp_path))


def test_missing_mnist_names_the_files(tmp_path: Path) -> None:
    message = refused(tmp_path, "configs/runs/lenet5_mnist.yaml", "--data", str(tmp_path))
    assert "data:mnist/t10k-images-idx3-ubyte.gz" in message
    assert "--data or OHMIC_DATA" in message


def test_more_images_than_there_are(tmp_path: Path) -> None:
    message = refused_set(tmp_path, "workload.data.test.images=451")
    assert "450" in message and "451" in message


def test_output_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/summary.json").write_text('{"provenance": {}}')
    done = ohmic("run", *QUICK, "--out", str(tmp_path / "taken"), status=2)
    assert done.stderr == f"{tmp_path}/taken: already holds a result (use --force to replace it, or another --out)\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("x")
    done = ohmic("run", *QUICK, "--out", str(tmp_path / "mine"), "--force", status=2)
    assert done.stderr == (
        f"{tmp_path}/mine: holds 'thesis.tex', which is no file of a result, so it is not replaced\n")
    assert (tmp_path / "mine/thesis.tex").exists()
    done = ohmic("run", *QUICK, "--out", "/proc/nowhere/out", status=2)
    assert done.stderr.startswith("/proc/nowhere/out: cannot be made: ")
    (tmp_path / "file").write_text("x")
    done = ohmic("run", *QUICK, "--out", str(tmp_path / "file"), status=2)
    assert done.stderr == f"{tmp_path}/file: is a file or a link, the result needs a folder of its own\n"


def test_what_is_no_result_of_ours_is_not_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "rtl").mkdir(parents=True)
    (mine / "rtl/mine.sv").write_text("module mine; endmodule\n")
    (mine / "files.f").write_text("rtl/mine.sv\n")
    emit = ("emit", "configs/runs/streamed_mlp.yaml", "--images", "1", "--force", "--out", str(mine))
    assert "holds 'rtl/mine.sv', which is no file of a result" in ohmic(*emit, status=2).stderr
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "holiday.png").write_text("x")
    done = ohmic("run", *QUICK, "--out", str(pictures), "--force", status=2)
    assert done.stderr == f"{pictures}: is not empty and holds no result of ours, so it is not replaced\n"
    assert (pictures / "holiday.png").exists() and (mine / "rtl/mine.sv").exists()
    # A result is replaced, but not with a file of one's own among its folders.
    chip = tmp_path / 'chip "1"'
    emit = ("emit", "configs/runs/streamed_mlp.yaml", "--images", "1", "--json", "--force", "--out", str(chip))
    for _ in range(2):
        assert json.loads(ohmic(*emit).stdout)["folder"] == str(chip)
    (chip / "weights/notes.txt").write_text("x")
    assert "holds 'weights/notes.txt'" in ohmic(*emit, status=2).stderr


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    left = tmp_path / "out.999999999.partial"
    left.mkdir()
    ohmic("emit", "configs/runs/streamed_mlp.yaml", "--images", "1", "--out", str(tmp_path / "out"))
    assert not left.exists()


def test_a_full_standard_output() -> None:
    for arguments in (["run", *QUICK, "--json"], ["check", "workloads/nets/digits_mlp/model.onnx"], ["schema"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(OHMIC), *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=os.environ | {"OHMIC_DATA": str(ROOT / "build/data")}, check=False)
        assert done.returncode == 2 and "fault" not in done.stderr, (arguments, done.stderr)


def test_sums_wider_than_words_are_refused(tmp_path: Path) -> None:
    xnor = ("architecture.array.cell={bits: 1, device: {kind: ideal}}", "architecture.array.weights.encoding=xnor",
            "architecture.array.inputs={encoding: bipolar, dac_bits: 1}", "architecture.array.adc.range=max",
            "quantization.accumulator={bits: 63, overflow: wrap}")
    sets = [word for one in xnor for word in ("--set", one)]
    told = ohmic("cosim", "configs/runs/digits_mlp.yaml", "--level", "pin", *sets, status=2).stderr
    assert "quantization.accumulator.bits: partial sums of layer 'fc1' are 2 bits wider than the accumulator: " in told


def test_time_and_memory_beyond_the_machine(tmp_path: Path) -> None:
    done = ohmic("run", *QUICK, "--set", "architecture.array.read.time=1 s", "--set", "simulation.images=2400",
                 "--set", "simulation.max_images=2400", "--out", str(tmp_path / "a"), status=2)
    assert "time goes beyond 2.5 hours of the chip" in done.stderr
    ohmic("run", *QUICK, "--set", "architecture.global_buffer.size=64 GiB", "--out", str(tmp_path / "b"))
    done = ohmic("run", "configs/runs/streamed_mlp.yaml", "--set", "architecture.costs.pool={per: chip, active_power: 9e6 W, peak_rate: 1 Hz}",
                 "--out", str(tmp_path / "c"), status=2)
    assert "architecture.costs.pool" in done.stderr and "out of range" in done.stderr


def test_a_device_table_in_microsiemens(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("state,mean,std\n0,0,0.5\n1,50,3\n")
    told = refused_set(tmp_path, f"architecture.array.cell.device={{kind: table, file: {tmp_path}/mine.csv}}")
    assert "mine.csv:3" in told and "must be at most 2, not 50" in told and "fractions of g_max" in told


def test_command_line(tmp_path: Path) -> None:
    assert "unknown command 'rum' (did you mean 'run'?" in ohmic("rum", status=2).stderr
    assert "needs a run.yaml" in ohmic("run", status=2).stderr
    assert "unrecognised option '--fast'" in ohmic("run", "x.yaml", "--fast", status=2).stderr
    assert "unknown value 'sse' " in ohmic("run", *QUICK, "--isa", "sse", status=2).stderr
    assert "is not of the form" in ohmic("run", *QUICK, "--set", "seed", status=2).stderr
    assert "is not a folder" in ohmic("report", str(tmp_path / "none"), status=2).stderr


def test_a_path_that_is_not_exact_is_refused(tmp_path: Path) -> None:
    """--path changes no result, so a way of computing that would is an error."""
    assert "--path, --isa: " in refused(tmp_path, *QUICK, "--path", "collapsed")


def test_random_bytes(tmp_path: Path) -> None:
    seed = 11
    print("seed", seed)
    generator = random.Random(seed)
    yaml = (ROOT / "configs/runs/digits_mlp.yaml").read_bytes()
    model = (ROOT / "workloads/nets/digits_mlp/model.onnx").read_bytes()
    for i in range(60):
        damaged = bytearray(yaml if i % 2 else model)
        for _ in range(generator.randint(1, 20)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        if i % 2:
            (tmp_path / "x.yaml").write_bytes(damaged if i % 3 else generator.randbytes(200))
            command = [str(OHMIC), "map", str(tmp_path / "x.yaml")]
        else:
            (tmp_path / "x.onnx").write_bytes(damaged if i % 3 else generator.randbytes(200))
            command = [str(OHMIC), "check", str(tmp_path / "x.onnx")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1, 2), (i, done.returncode, done.stderr)


def test_sweep_errors(tmp_path: Path) -> None:
    def sweep(text: str) -> str:
        base = ROOT / "configs/runs/digits_mlp.yaml"
        (tmp_path / "s.yaml").write_text(text.replace("BASE", str(base)))
        done = ohmic("sweep", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "out"), status=2)
        assert not (tmp_path / "out").exists()
        return done.stderr.replace(str(tmp_path) + "/", "")

    assert sweep("base: BASE\nsampler: gird\n") == (
        "s.yaml:2:1: sampler: unknown value 'gird' (did you mean 'grid'? known: grid, list)\n")
    assert sweep("base: BASE\nsampler: grid\n").endswith(
        "missing key 'parameters' (grid: lists of values under dotted paths of the run)\n")
    assert sweep("base: BASE\nsampler: grid\nparameters: {seed: 4}\n") == (
        "s.yaml:3:14: parameters.seed: must be a list of values, write [a, b]\n")
    assert "unknown key 'bitz'" in sweep(
        "base: BASE\nsampler: grid\nparameters: {architecture.array.adc.bitz: [4, 5]}\n")
    assert "must be between 1 and 16, not 17" in sweep(
        "base: BASE\nsampler: list\npoints: [{architecture.array.adc.bits: 17}]\n")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("architecture.costs.adc={model: table, energy: 8 J}", "energy of the chip: is out of range (more than 9.2e18 units)"),
        ("architecture.costs.adc={leakage: 9e6 W}", "energy of the chip: is out of range (more than 9.2e18 units)"),
        ("architecture.array.read.time=1e15 s", "architecture.array.read.time: must be between 1 ps and 1 s, not 1e15 s"),
        ("architecture.costs.router.count=1e18", "architecture.costs.router.count: must be at most 1000000, not 1e18"),
    ],
)
def test_numbers_that_leave_their_range_are_told(tmp_path: Path, assignment: str, message: str) -> None:
    assert refused_set(tmp_path, assignment).endswith(message)


def test_labels_that_the_network_does_not_have(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "digits.h5", "w") as file:
        for split in ("test", "train"):
            file[f"{split}/images"] = np.zeros((300, 1, 8, 8), np.uint8)
            file[f"{split}/labels"] = np.full(300, 10, np.uint8)
    message = refused(tmp_path, *QUICK, "--data", str(tmp_path))
    assert message.endswith("workload.data.test: image 0 has label 10, the network has outputs 0 to 9")


def test_force_replaces_only_results(tmp_path: Path) -> None:
    (tmp_path / "p/src").mkdir(parents=True)
    (tmp_path / "p/src/a").write_text("x")
    (tmp_path / "p/manifest.json").write_text("{}")
    ohmic("run", *QUICK, "--force", "--out", str(tmp_path / "p"), status=2)
    assert (tmp_path / "p/src/a").read_text() == "x"


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 8; exec {OHMIC} run {' '.join(QUICK)} --out {tmp_path}/out"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 2, done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [2000, 20000])  # stops among the weight images, among the RTL
def test_emit_leaves_no_half_written_folder(size: int, tmp_path: Path) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("needs prlimit")
    done = subprocess.run(
        ["prlimit", f"--fsize={size}", str(OHMIC), "emit", "configs/runs/digits_mlp.yaml", "--set",
         "architecture.fabric.kind=point_to_point", "--out", str(tmp_path / "out")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode != 0
    assert not list(tmp_path.iterdir())
