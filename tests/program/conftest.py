# SPDX-License-Identifier: Apache-2.0
"""Runs the program as a user does."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OHMIC = Path(os.environ.get("OHMIC_PROGRAM", ROOT / "build/release/ohmic"))
# Small enough to run many times: the perceptron, few images, one chip without a fabric to wait for.
QUICK = [
    "configs/runs/digits_mlp.yaml",
    "--set", "workload.data.test.images=20",
    "--set", "evaluation.trials=2",
]


def ohmic(*arguments: str, status: int = 0, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `ohmic` and checks its exit status."""
    data = {"OHMIC_DATA": str(ROOT / "build/data")} | environment
    done = subprocess.run(
        [str(OHMIC), *map(str, arguments)], cwd=cwd, capture_output=True, text=True, errors="replace",
        env=os.environ | data, timeout=1200, check=False,
    )
    assert done.returncode == status, f"status {done.returncode}, stderr: {done.stderr}"
    return done


def files_below(folder: Path) -> dict[str, bytes]:
    """Name → content of all files of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def run_yaml(tmp_path: Path):
    """Writes a variation of the perceptron's run with `old` replaced by `new`, with paths that still hold."""

    def write(*changes: tuple[str, str]) -> Path:
        text = (ROOT / "configs/runs/digits_mlp.yaml").read_text().replace("../../", f"{ROOT}/")
        text = text.replace("../architectures", f"{ROOT}/configs/architectures")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "run.yaml"
        path.write_text(text)
        return path

    return write
