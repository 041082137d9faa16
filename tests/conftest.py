"""What all tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Give the folder with real files of CBS and others, or skip the test and say why."""
    named = os.environ.get("ONTSCHOT_TESTDATA", "")
    if not named or not Path(named).is_dir():
        pytest.skip(
            "needs real input files: set ONTSCHOT_TESTDATA to the folder that holds iv3/, cbs/ and"
            " rules/ (see README.md, Tests)"
        )
    return Path(named)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List each skipped test with its reason, so that nobody takes a skip for a pass."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("skipped, each with its reason")
    for report in sorted(skipped, key=lambda item: str(item.nodeid)):
        found = report.longrepr
        reason = found[2] if isinstance(found, tuple) else str(found)
        terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
