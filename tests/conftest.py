# SPDX-License-Identifier: Apache-2.0
"""With OHMIC_REQUIRE_DATA=1 a skipped test is a failure."""

import os

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("OHMIC_REQUIRE_DATA") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped although data are required: {report.longrepr}"
