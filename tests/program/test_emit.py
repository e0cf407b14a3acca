# SPDX-License-Identifier: Apache-2.0
"""What `ohmic emit` writes: every part is there and says what it is; a disk that fills up leaves nothing behind."""

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
from pathlib import Path

import onnx
import pytest

from conftest import OHMIC, ROOT, ohmic

RUN = ("configs/runs/digits_mlp.yaml", "--set", "architecture.fabric.kind=point_to_point")


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emit") / "chip"
    ohmic("emit", *RUN, "--images", "1", "--out", str(folder))
    return folder


def test_weights_come_in_every_form_with_their_digests(emitted: Path, tmp_path: Path) -> None:
    manifest = json.loads((emitted / "manifest.json").read_text())
    for image in manifest["images"]:
        assert hashlib.sha256((emitted / image["file"]).read_bytes()).hexdigest() == image["sha256"]
        assert image["file"].endswith(".hex") and image["word_bits"] > 0 and image["rows"] > 0 and image["columns"] > 0
    chip = json.loads((emitted / "chip.json").read_text())
    named = {entry["file"] for entry in chip["files"]}
    for entry in chip["files"]:
        content = (emitted / entry["file"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (entry["sha256"], entry["bytes"])
    roms = {f for f in named if f.startswith("rom/") and f.endswith(".mem")}
    assert roms and {f.removesuffix(".mem") + ".bin" for f in roms} <= named
    program = f'#include "{emitted}/weights.h"\n#include <stdio.h>\nint main(void) {{\n'
    for rom in sorted(roms):
        name = Path(rom).stem
        program += f"  printf(\"{rom}\"); for (unsigned i = 0; i < sizeof {name}; ++i) printf(\" %d\", {name}[i]); puts(\"\");\n"
    (tmp_path / "all.c").write_text(program + "  return 0;\n}\n")
    subprocess.run(["cc", "-Wall", "-Werror", "-o", "all", "all.c"], cwd=tmp_path, check=True)
    told = subprocess.run(["./all"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for line, rom in zip(told.splitlines(), sorted(roms), strict=True):
        words = [int(word, 16) for word in (emitted / rom).read_text().split()]
        content = [int(byte) for byte in line.split()[1:]]
        size = len(content) // len(words)
        assert [int.from_bytes(content[i * size:(i + 1) * size], "little") for i in range(len(words))] == words


def test_the_manifest_tells_shapes_formats_and_scales(emitted: Path) -> None:
    layers = json.loads((emitted / "manifest.json").read_text())["layers"]
    assert [(layer["rows"], layer["columns"]) for layer in layers] == [(64, 64), (64, 32), (32, 10)]
    for layer in layers:
        assert layer["weights"]["scale"] and layer["input"]["scale"] > 0 and layer["output"]["bits"] == 8
        assert {"kernel", "stride", "pads", "dilation"} == set(layer["window"])
        assert layer["requantization"]["multiplier"] and layer["requantization"]["shift"]
    folder = ohmic("emit", "configs/runs/streamed_mlp.yaml", "--weights-only", "--out", str(emitted.parent / "q"))
    assert folder.returncode == 0
    layer = json.loads((emitted.parent / "q/manifest.json").read_text())["layers"][0]
    assert layer["weights"]["q_format"] == ["Q5.3"]  # one for all channels
    assert layer["input"]["q_format"] == layer["output"]["q_format"] == "Q5.3"


def test_every_stream_has_golden_vectors(emitted: Path) -> None:
    chip = json.loads((emitted / "chip.json").read_text())
    assert {"in", "fc1", "fc2", "fc3"} <= {re.sub(r"\..*", "", s["name"]) for s in chip["streams"]} | {"in"}
    for stream in chip["streams"]:
        words = (emitted / stream["golden"]).read_text().split()
        assert len(words) == stream["tokens_per_image"] * chip["images"]
        assert {len(w) for w in words} == {-(-stream["elements"] * stream["element_bits"] // 4)}


@pytest.mark.parametrize("limit", [100, 3000, 30000, None])
def test_a_disk_that_fills_up_leaves_no_folder(emitted: Path, tmp_path: Path, limit: int | None) -> None:
    """No file may grow beyond `limit` bytes: the write fails as on a full disk, earlier or later in the emission.

    None: a byte less than the largest file has.
    """
    limit = limit or max(file.stat().st_size for file in emitted.rglob("*") if file.is_file()) - 1

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run([str(OHMIC), "emit", *RUN, "--images", "2", "--out", str(tmp_path / "chip")], cwd=ROOT,
                          env=os.environ | {"OHMIC_DATA": str(ROOT / "build/data")}, capture_output=True, text=True,
                          check=False, preexec_fn=limited)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("assignments", "message"), [
    (["architecture.array.adc.rate=1.999999999 GS/s"],
     "architecture.array.adc.rate: is 1999999999 conversions in 1000000000 cycles of the clock, too fine for the counters "
     "of RTL (31 bits for their sum): take a rate that has a larger divisor in common with the clock"),
    (["architecture.array.read.time=1 s", "architecture.clock=4 GHz"],
     "architecture.array.read.time: is 4000000000 cycles, more than the counters of RTL hold (31 bits)"),
    (["architecture.array.write.pulse=1 s", "architecture.clock=3 GHz"],
     "architecture.array.write: is 3000000000 cycles, more than the counters of RTL hold (31 bits)"),
])
def test_times_that_counters_cannot_hold_are_refused(tmp_path: Path, assignments: list[str], message: str) -> None:
    sets = [argument for assignment in assignments for argument in ("--set", assignment)]
    done = ohmic("emit", *RUN, *sets, "--images", "1", "--out", str(tmp_path / "chip"), status=2)
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_network_whose_name_begins_with_a_digit_is_verilog(tmp_path: Path) -> None:
    model = onnx.load(ROOT / "workloads/nets/digits_mlp/model.onnx")
    model.graph.name = "8x8 digits"
    onnx.save(model, tmp_path / "digits.onnx")
    ohmic("emit", *RUN, "--set", f"workload.network={tmp_path / 'digits.onnx'}", "--images", "1", "--out", str(tmp_path / "chip"))
    (top,) = (tmp_path / "chip/rtl").glob("*_chip.sv")
    assert f"module {top.stem} " in top.read_text() and not top.stem[0].isdigit()
