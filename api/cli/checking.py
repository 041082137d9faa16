"""Checking the books of one municipality, for the commands that do so."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from joserfc.jwk import OKPKey

from api import db
from api.cli.desk import Desk
from api.cli.output import Value, say
from api.postgres import EnvironmentProblem
from domains import checks
from domains.audit import checks as audit
from ledger import checker, checkpoints, independent
from ledger.findings import Finding, Report

Progress = Callable[[str, int, int], None]

MOST_TOLD: Final = 100
"""How many findings are told to people; JSON has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of one municipality gave, and how long it took."""

    report: Report
    decisions: checks.Decisions
    checkpoints: int
    checkpoint_findings: tuple[Finding, ...]
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found: in the books, in the decisions and against the checkpoints."""
        return (*self.report.findings, *self.decisions.findings, *self.checkpoint_findings)

    @property
    def omitted(self) -> tuple[tuple[str, int], ...]:
        """Per pass how many findings are not in the list."""
        return (*self.report.omitted, *self.decisions.omitted)

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings


async def check_gemeente(
    desk: Desk,
    gemeente: str,
    *,
    progress: Progress | None = None,
    independently: bool = False,
    since: Path | None = None,
) -> Checked:
    """Check the books of a municipality, its decisions, its audit log, and its checkpoints.

    ``since`` is a file of checkpoints that was kept elsewhere, with the public keys beside it.

    :raises EnvironmentProblem: that file holds no checkpoint that its keys signed.
    """
    began = time.monotonic()
    async with db.snapshot(desk.engine, gemeente) as connection:
        if independently:
            report = await independent.check(connection, gemeente=gemeente, progress=progress)
        else:
            async with db.same_moment(desk.engine, gemeente, connection) as beside:
                report = await checker.check(
                    connection, gemeente=gemeente, progress=progress, beside=[beside]
                )
        seconds = time.monotonic() - began
        decisions = await checks.check(connection, gemeente=gemeente)
        if since is None:
            kept = checkpoints.read(desk.database.checkpoint_folder, gemeente)
            keys = checkpoints.public_keys(desk.database.key_folder)
        else:
            kept, keys = _kept_elsewhere(since, gemeente)
        found = (
            *await checkpoints.verify(connection, kept.checkpoints, keys, gemeente=gemeente),
            *await audit.compare(connection, kept.checkpoints, gemeente=gemeente),
        )
    return Checked(
        report=report,
        decisions=decisions,
        checkpoints=len(kept.checkpoints),
        checkpoint_findings=(*kept.findings, *found),
        seconds=seconds,
    )


def _kept_elsewhere(file: Path, gemeente: str) -> tuple[checkpoints.Kept, dict[str, OKPKey]]:
    """Read checkpoints that nobody at this machine could change, with the keys beside them.

    :raises EnvironmentProblem: there is none, or no key.
    """
    kept = checkpoints.read_lines(file.read_bytes(), gemeente)
    keys = checkpoints.public_keys(file.parent)
    if not kept.checkpoints or not keys:
        raise EnvironmentProblem(
            f"{file} bewijst niets: er moet een controlepunt in staan, met de publieke sleutel"
            " (checkpoint-….pub.pem) ernaast. Geef de kopie die elders werd bewaard."
        )
    return kept, keys


def print_findings(checked: Checked) -> None:
    """Tell people what was found."""
    for finding in checked.findings[:MOST_TOLD]:
        say(f"[{finding.check}] {finding.message}")
    untold = max(0, len(checked.findings) - MOST_TOLD)
    untold += sum(number for _, number in checked.omitted)
    if untold:
        say(f"… en nog {untold} bevindingen.")


def document(checked: Checked) -> dict[str, Value]:
    """Give a check in the form that it has on the wire."""
    entries = checked.report.entries
    return {
        "gemeente": checked.report.gemeente,
        "schoon": checked.is_clean,
        "boekingen": entries,
        "besluiten": checked.decisions.draws + checked.decisions.budgets,
        "schakels": checked.report.chain_number,
        "controlepunten": checked.checkpoints,
        "seconden": f"{checked.seconds:.3f}",
        "boekingenPerSeconde": per_second(checked),
        "bevindingen": [
            {
                "soort": finding.check,
                "melding": finding.message,
                "schakel": finding.chain_number,
                "boeking": finding.entry,
                "rekening": finding.account,
                "verwacht": finding.expected,
                "gevonden": finding.found,
            }
            for finding in checked.findings
        ],
        "weggelaten": dict(checked.omitted),
    }


def per_second(checked: Checked) -> int:
    """Give the speed of a check in entries per second."""
    return int(checked.report.entries / checked.seconds) if checked.seconds else 0
