# SPDX-License-Identifier: Apache-2.0
"""The command line of the package. Exit status: 0 done, 2 bad input, 3 a fault of ours."""

import argparse
import pathlib
import sys
import traceback

from .results import ResultError


def main(arguments=None):
    """Runs one command; `arguments` are those of the process when left out. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ohmic", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="plots and report.html into the folder of a result or a sweep")
    report.add_argument("folder", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args(arguments)
    from .report import write_report  # plotting libraries load slowly; a wrong argument need not wait for them

    try:
        written = write_report(options.folder)
    except (ResultError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except Exception:
        traceback.print_exc()
        return 3
    print(f"{len(written.figures)} figures as PNG and SVG, {written.page}")
    return 0
