# SPDX-License-Identifier: Apache-2.0
"""Planted faults: every patch applies to the sources as they are and names a test that exists. scripts/mutants runs them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted((ROOT / "tests/mutants").glob("*.patch"))


def names_of_tests() -> set[str]:
    names = set()
    for file in (ROOT / "tests").glob("*/*_test.cpp"):
        folder = file.name.split("_")[0]
        text = re.sub(r'"\s*\n\s*"', "", file.read_text())  # a name over two lines
        names |= {f"{folder}: {name}" for name in re.findall(r'TEST_CASE\(\s*"([^"]*)"', text)}
    benches = (ROOT / "tests/rtl/CMakeLists.txt").read_text()
    return names | {f"rtl: {name}" for name in re.findall(r"^ohmic_rtl_bench\((\w+)", benches, re.MULTILINE)}


def test_there_are_as_many_as_promised() -> None:
    assert len(PATCHES) >= 25


@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.stem)
def test_a_patch_applies_and_names_a_test(patch: Path) -> None:
    text = patch.read_text()
    fault, test = text.splitlines()[:2]
    assert fault.endswith("."), "the first line says what is wrong"
    assert test.startswith("Turns red: ")
    assert test.removeprefix("Turns red: ") in names_of_tests()
    done = subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
