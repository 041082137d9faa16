"""Which help of a delivery is kept, for whom, and which trajectories are left out and why."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from domains.debt_help.model import LeftOut, Reason, Trajectory
from domains.messages.contents import passes_eleven_check

KIND: Final = "schuldhulpverlening"
"""The kind of help that every step of a trajectory is (Wgs 1)."""


def sort_out(
    trajectories: Sequence[Trajectory], *, gemeente: str, persons: Mapping[str, UUID]
) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Say which steps are kept, for whom, and which trajectories are left out and why.

    ``persons`` are the pseudonyms of the numbers in the file.
    """
    kept: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    for each in trajectories:
        reason = _reason(each, gemeente)
        if reason is not None:
            left_out.append(LeftOut(pointer=each.pointer, reason=reason))
            continue
        for place, client in enumerate(each.clients):
            person = persons.get(client)
            if person is None:
                valid = passes_eleven_check(client) or pseudonym_in(client) is not None
                left_out.append(
                    LeftOut(
                        pointer=f"{each.pointer}/client/{place}",
                        reason=Reason.UNKNOWN_PERSON if valid else Reason.BSN_INVALID,
                    )
                )
                continue
            kept += [
                {
                    "person_id": person,
                    "kind": KIND,
                    "form": start.form,
                    "started_on": start.started_on,
                    "ended_on": start.ended_on,
                    "outcome": start.outcome,
                }
                for start in each.starts
            ]
    return kept, left_out


def _reason(trajectory: Trajectory, gemeente: str) -> Reason | None:
    """Say why a trajectory is left out as a whole, if it is."""
    if trajectory.gemeente != gemeente:
        return Reason.OTHER_MUNICIPALITY
    if not trajectory.clients:
        return Reason.NO_CLIENT
    if not trajectory.is_admitted:
        return Reason.NOT_ADMITTED
    if not trajectory.starts:
        return Reason.NO_START
    return None


def pseudonym_in(client: str) -> UUID | None:
    """Read a pseudonym where a file has that instead of a number."""
    try:
        return UUID(client)
    except ValueError:
        return None
