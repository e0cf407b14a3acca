# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can keep: include direction, SystemC in its place, licence lines, READMEs."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The way of the data: what a folder may include.
ALLOWED = {
    "base": [],
    "workloads": ["base"],
    "models": ["base"],
    "mapping": ["base", "workloads", "models"],
    "values": ["base", "workloads", "models", "mapping"],
    "sim": ["base", "workloads", "models", "mapping"],
    "report": ["base", "workloads", "models", "mapping", "values", "sim"],
    "emit": ["base", "workloads", "models", "mapping", "values", "sim"],
    "explore": ["base", "workloads", "models", "mapping", "values", "sim", "report", "emit"],
    "app": ["base", "workloads", "models", "mapping", "values", "sim", "report", "emit", "explore"],
}
SOURCES = sorted(p for folder in ALLOWED for p in (ROOT / folder).rglob("*.[ch]pp"))


def includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_includes_go_the_way_of_the_data(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    for name in includes(path):
        target = name.split("/")[0]
        if target in ALLOWED:
            assert target == folder or target in ALLOWED[folder], f"{folder}/ may not include {name}"


def test_systemc_stays_in_its_folders() -> None:
    allowed = ("sim/pin/", "sim/tlm/", "sim/cosim/")
    for path in SOURCES:
        if any(name.startswith(("systemc", "tlm")) for name in includes(path)):
            assert str(path.relative_to(ROOT)).startswith(allowed), path


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_sources_carry_the_licence_line() -> None:
    for path in tracked("*.cpp", "*.hpp", "*.py", "*.cmake", "scripts/*"):
        if path.suffix in {".cpp", ".hpp", ".py", ".cmake", ""}:
            head = path.read_text().splitlines()[:3]
            assert any("SPDX-License-Identifier: Apache-2.0" in line for line in head), path


def test_every_folder_has_a_readme() -> None:
    for folder in [*ALLOWED, "python", "configs", "scripts", "tests", "results", "docs", "workloads/nets"]:
        assert (ROOT / folder / "README.md").is_file(), folder


def test_no_machine_paths_or_hosts() -> None:
    for path in tracked():
        if path.suffix in {".onnx", ".png"} or path == Path(__file__).resolve():
            continue
        text = path.read_text(errors="ignore")
        assert not re.search(r"(?<![\w.])/(work|root|tmp/s)/", text), path


def test_every_test_file_is_named_for_a_folder() -> None:
    """CMake builds tests/<question>/<folder>_<subject>_test.cpp; another name would never run."""
    for path in (ROOT / "tests").rglob("*_test.cpp"):
        assert path.name.split("_")[0] in ALLOWED, path
        assert len(path.relative_to(ROOT / "tests").parts) == 2, path


def test_the_plots_are_of_the_programs_version() -> None:
    (program,) = re.findall(r"project\(ohmic VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    assert f'__version__ = "{program}"' in (ROOT / "python/ohmic/__init__.py").read_text()
