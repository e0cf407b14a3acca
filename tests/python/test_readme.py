# SPDX-License-Identifier: Apache-2.0
"""Executes "Your own network and data in five minutes" of README.md as it stands."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def blocks_of_readme() -> dict[str, str]:
    """File name (or `sh`) → content of each code block that follows a `tested` mark."""
    found = re.findall(r"<!-- tested: (\S+) -->\n```\w*\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return {name: text.replace("OHMIC", str(ROOT)) for name, text in found}


@pytest.mark.skipif(not (ROOT / "build/release/ohmic").exists(), reason="needs the release build")
def test_own_network_in_five_minutes(tmp_path: Path) -> None:
    blocks = blocks_of_readme()
    assert set(blocks) == {"mine.py", "mine.yaml", "sh"}
    for name in ("mine.py", "mine.yaml"):
        (tmp_path / name).write_text(blocks[name])
    subprocess.run(["bash", "-euc", blocks["sh"]], cwd=tmp_path, check=True)
    summary = json.loads((tmp_path / "mine/summary.json").read_text())
    assert summary["accuracy"]["float"] > 0.9
    assert abs(summary["accuracy"]["integer"] - summary["accuracy"]["float"]) < 0.05
    assert summary["timing"]["latency_cycles"] > 0
