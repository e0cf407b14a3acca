# SPDX-License-Identifier: Apache-2.0
"""Reads and plots results of the Ohmic compute-in-memory simulator (docs/results.md)."""

from .results import Parameter, ResultError, RunResult, SweepResult, load_run, load_sweep

__version__ = "0.1.0"
__all__ = ["Parameter", "ResultError", "RunResult", "SweepResult", "load_run", "load_sweep"]
