"""Messages of providers on the command line."""

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from tests.api.cli.conftest import Program
from tests.support.messages import ANNA, Declaration, declared

pytestmark = pytest.mark.postgres

ERMELO = "0233"


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def test_a_declaration_is_answered_and_again_the_same(ontschot: Program, tmp_path: Path) -> None:
    lines = (declared(1), declared(2, bsn=ANNA))
    file = write(tmp_path / "JW323.xml", Declaration(lines=lines, gemeente=ERMELO).xml())
    words = ("importeer", "declaratie", file, "--gemeente", "Ermelo")
    tried = ontschot(*words, "--proef", "--formaat", "json")
    assert (tried.code, tried.document["proef"], tried.document["afgewezen"]) == (0, True, 2)
    assert not (tmp_path / "JW323_325.xml").exists()
    done = ontschot(*words)
    assert done.code == 0, done.err
    assert "DN001 van aanbieder 65656055" in done.out
    assert "Afgewezen RN000002: 9338: Het toewijzingnummer" in done.out
    assert (tmp_path / "JW323_325.xml").stat().st_mode & 0o077 == 0
    written = (tmp_path / "JW323_325.xml").read_bytes()
    codes = etree.fromstring(written).findall(".//{*}Prestatie/{*}RetourCodes/{*}RetourCode")
    assert [each.text for each in codes] == ["9338", "9338"]
    other = write(tmp_path / "nog-eens.xml", b"iets anders")
    Path(other).chmod(0o644)
    again = ontschot(*words, "--antwoord", other, "--formaat", "json")
    assert again.document["antwoord"] == other
    assert Path(other).read_bytes() == written
    assert Path(other).stat().st_mode & 0o077 == 0, "also where another file stood"


def test_where_the_answer_cannot_come_nothing_is_booked(ontschot: Program, tmp_path: Path) -> None:
    lines = (declared(1, reference="PLAATS1"),)
    content = Declaration(lines=lines, gemeente=ERMELO, number="DN7").xml()
    file = write(tmp_path / "JW323.xml", content)
    (tmp_path / "zelfde.xml").symlink_to(file)
    words = ("importeer", "declaratie", file, "--gemeente", "Ermelo", "--formaat", "json")
    for place in (file, f"{tmp_path}/zelfde.xml", f"{tmp_path}/nergens/a.xml", str(tmp_path)):
        refused = ontschot(*words, "--antwoord", place)
        assert (refused.code, "Er is niets geboekt" in refused.err) == (2, True), refused.err
    assert Path(file).read_bytes() == content
    done = ontschot(*words)
    assert done.document["retourcodes"] == [], "the first that is taken in"
    (line,) = done.document["afgewezenPrestaties"]
    assert (line["referentie"], line["retourcodes"][0]["code"]) == ("PLAATS1", "9338")
    assert not list(tmp_path.glob(".*"))


def test_of_many_refused_lines_twenty_are_told(ontschot: Program, tmp_path: Path) -> None:
    lines = tuple(declared(place, reference=f"VEEL{place}") for place in range(1, 24))
    content = Declaration(lines=lines, gemeente=ERMELO, number="DN8").xml()
    words = ("importeer", "declaratie", write(tmp_path / "veel.xml", content))
    tried = ontschot(*words, "--gemeente", "Ermelo", "--proef")
    assert tried.out.count("9338: Het toewijzingnummer") == 20
    assert "En nog 3" in tried.out
    assert ontschot(*words, "--gemeente", "Ermelo").code == 0
    other = write(tmp_path / "ander.xml", content.replace(b"765432198", b"765432199"))
    whole = ontschot("importeer", "declaratie", other, "--gemeente", "Ermelo")
    assert "als geheel afgewezen. 9333: Van deze aanbieder" in whole.out


def test_what_is_no_regular_file_is_not_waited_for(ontschot: Program, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pijp")
    for what in ("declaratie", "bericht", "schuldhulp"):
        for file in (str(tmp_path / "pijp"), "/dev/zero"):
            refused = ontschot("importeer", what, file, "--gemeente", "Ermelo")
            assert (refused.code, "geen gewoon bestand" in refused.err) == (2, True), refused.err


def test_a_file_that_is_cut_off_is_refused_with_its_line(ontschot: Program, tmp_path: Path) -> None:
    content = Declaration(lines=(declared(1),), gemeente=ERMELO, number="DN9").xml()
    file = write(tmp_path / "stuk.xml", content[:-40])
    done = ontschot("importeer", "declaratie", file, "--gemeente", "Ermelo")
    assert (done.code, "[bericht-onleesbaar]" in done.err) == (1, True)
    missing = ontschot("importeer", "declaratie", f"{file}x", "--gemeente", "Ermelo")
    assert missing.code == 2


def test_a_notice_is_kept(ontschot: Program, tmp_path: Path, testdata: Path) -> None:
    sample = (testdata / "ijw_iwmo" / "voorbeeld_JW305.xml").read_bytes()
    file = write(tmp_path / "JW305.xml", sample.replace(b"Ontvanger>0363", b"Ontvanger>0233"))
    words = ("importeer", "bericht", file, "--gemeente", "Ermelo", "--formaat", "json")
    assert ontschot(*words, "--proef").document["proef"] is True
    done = ontschot(*words)
    assert (done.code, done.document["bericht"]) == (0, "JW305"), done.err
    wrong = ontschot("importeer", "declaratie", file, "--gemeente", "Ermelo")
    assert "[bericht-ander-soort]" in wrong.err


def test_persons_are_sealed_and_stay_out_of_what_is_told(ontschot: Program, tmp_path: Path) -> None:
    file = write(
        tmp_path / "personen.csv",
        b"persoon;bsn;geboortedatum;geslacht;voorvoegsel;achternaam;voorletters\n"
        b"00000000-0000-4000-8000-000000000001;999900006;2010-02-14;1;de;Wit;T\n",
    )
    words = ("importeer", "personen", file, "--gemeente", "Ermelo", "--formaat", "json")
    tried = ontschot(*words, "--proef")
    assert tried.document["personen"] == 1
    done = ontschot(*words)
    told = json.loads(done.err.strip().splitlines()[-1])
    assert (done.code, told["code"]) == (1, "persoon-onbekend")
    assert "999900006" not in done.out + done.err
