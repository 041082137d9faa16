"""`ontschot dagstart`: what it tells, what a rehearsal leaves alone, and that twice is once."""

import pytest

from tests.api.cli.conftest import Program, load_help

pytestmark = pytest.mark.postgres

_TOWN = "Nunspeet"
"""A demo of our own: a day that has started stays started, and others count what is still due."""
_DAY = ("dagstart", "--gemeente", _TOWN, "--peildatum", "2025-06-30")


@pytest.fixture(autouse=True, scope="module")
def _demo(ontschot: Program) -> None:
    load_help(ontschot.folder, _TOWN)


def test_a_rehearsal_changes_nothing_and_a_run_is_done_once(ontschot: Program) -> None:
    before = ontschot("controleer", "--gemeente", _TOWN, "--formaat", "json").document
    tried = ontschot(*_DAY, "--proef", "--formaat", "json")
    assert tried.code == 0, tried.err
    (would,) = tried.document["dagstarts"]
    assert (tried.document["proef"], would["nietGelukt"]) == (True, [])
    after = ontschot("controleer", "--gemeente", _TOWN, "--formaat", "json").document
    assert after["controles"][0]["boekingen"] == before["controles"][0]["boekingen"]
    done = ontschot(*_DAY, "--formaat", "json")
    assert done.code == 0, done.err
    (did,) = done.document["dagstarts"]
    assert did["gebeurtenissen"] == would["gebeurtenissen"]
    assert did["opnieuwGedekt"] == would["opnieuwGedekt"]
    again = ontschot(*_DAY, "--formaat", "json")
    (nothing,) = again.document["dagstarts"]
    assert (nothing["gebeurtenissen"], nothing["opnieuwGedekt"]) == (0, [])
    assert ontschot("controleer", "--gemeente", _TOWN).code == 0


def test_it_tells_in_dutch_what_was_done(ontschot: Program) -> None:
    told = ontschot(*_DAY, "--proef")
    assert told.code == 0
    assert "GM0302, tot en met 2025-06-30:" in told.out
    assert "gebeurtenissen nagelopen, waarvan" in told.out
    assert "Proef: er is niets geboekt." in told.err
