"""`ontschot sleutels`, `bewaartermijnen` and `vergeet`: keys rotated, families forgotten."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

ERMELO = ("--gemeente", "Ermelo")
NOBODY = str(UUID(int=9))


def test_a_master_key_is_replaced_and_the_old_one_thrown_away(ontschot: Program) -> None:
    file = Path(ontschot.folder) / "sleutels" / "personen.key"
    first = ontschot("sleutels", "roteer", "--formaat", "json")
    assert first.code == 0, first.err
    assert first.document["ouder"] >= 1
    length = len(file.read_bytes())
    assert length >= 64
    again = ontschot("sleutels", "roteer", "--formaat", "json").document
    assert again["sleutel"] != first.document["sleutel"]
    assert len(file.read_bytes()) == length + 32
    left = ontschot("sleutels", "opruim", "--formaat", "json").document
    assert left["sleutel"] == again["sleutel"]
    assert len(file.read_bytes()) == 32
    assert ontschot("controleer", *ERMELO).code == 0


def test_nobody_is_forgotten_before_the_term_or_without_being_known(ontschot: Program) -> None:
    listed = ontschot("bewaartermijnen", *ERMELO, "--proef", "--formaat", "json")
    assert listed.document == {"proef": True, "gezinnen": []}
    assert "0 gezinnen over hun termijn." in ontschot("bewaartermijnen", *ERMELO).out
    asked = ("vergeet", NOBODY, *ERMELO, "--besluit", "B&W 2026-114", "--proef")
    refused = ontschot(*asked)
    assert refused.code == 1
    assert "gezin-onbekend" in refused.err
    wrong = ontschot("vergeet", "iemand", *ERMELO, "--besluit", "x")
    assert wrong.code == 2
    assert "geef een nummer als" in wrong.err
