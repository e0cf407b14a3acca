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
    study = commands.add_parser("device-study", help="table and figures of the study of devices into a folder")
    study.add_argument("folder", type=pathlib.Path, metavar="DIR", help="the sweeps, <network>_<device>")
    study.add_argument("target", type=pathlib.Path, metavar="TARGET")
    options = parser.parse_args(arguments)
    try:
        print(_run(options))
    except (ResultError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except Exception:
        traceback.print_exc()
        return 3
    return 0


def _run(options):
    """What was written, in a line."""
    # Plotting libraries load slowly; a wrong argument need not wait for them.
    if options.command == "device-study":
        from .device_study import write_study

        return ", ".join(write_study(options.folder, options.target))
    from .report import write_report

    written = write_report(options.folder)
    return f"{len(written.figures)} figures as PNG and SVG, {written.page}"
