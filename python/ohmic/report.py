# SPDX-License-Identifier: Apache-2.0
"""All figures and the page of one folder."""

import dataclasses
import os
import pathlib

from . import page, run_figures, style, sweep_figures
from .results import RunResult, load


@dataclasses.dataclass(frozen=True)
class Written:
    """Files that write_report made: figure name → its SVG, and the page."""

    figures: dict
    page: pathlib.Path


def write_report(folder):
    """Writes every figure as PNG and SVG and report.html into the folder of a run or a sweep. ResultError when the
    folder holds neither, OSError when it cannot be written."""
    result = load(folder)
    is_run = isinstance(result, RunResult)
    drawings = {}
    with style.styled():
        for name, figure in (run_figures if is_run else sweep_figures).figures(result):
            _, drawings[name] = style.save(figure, result.path, name)
    text = page.run_page(result, drawings) if is_run else page.sweep_page(result, drawings)
    target = result.path / "report.html"
    temporary = result.path / ".report.html.tmp"
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return Written(drawings, target)
