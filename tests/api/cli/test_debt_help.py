"""`ontschot importeer schuldhulp`: tried, taken in, and the same file once."""

from pathlib import Path

import pytest

from tests.api.cli.conftest import Program
from tests.domains.debt_help.support import delivery, trajectory

pytestmark = pytest.mark.postgres

_READ = ("importeer", "schuldhulp")


def test_a_delivery_is_tried_and_taken_in_once(ontschot: Program, tmp_path: Path) -> None:
    file = tmp_path / "levering.json"
    file.write_bytes(delivery(trajectory("GM0233", "999900006")))
    asked = (*_READ, str(file), "--gemeente", "Ermelo")
    tried = ontschot(*asked, "--proef")
    assert tried.code == 0, tried.err
    assert "Proef: er is niets ingelezen." in tried.err
    made = ontschot(*asked, "--formaat", "json").document
    assert made["nietIngelezen"] == [
        {"plek": "/leveringen/0/schuldhulptrajecten/0/client/0", "reden": "persoon-onbekend"}
    ]
    assert ontschot(*asked, "--formaat", "json").document == made
    assert ontschot("controleer", "--gemeente", "Ermelo").code == 0


def test_a_file_that_was_cut_off_is_refused(ontschot: Program, tmp_path: Path) -> None:
    file = tmp_path / "levering.json"
    file.write_bytes(delivery()[:-30])
    refused = ontschot(*_READ, str(file), "--gemeente", "Ermelo")
    assert refused.code == 1
    assert "halverwege afgebroken" in refused.err
