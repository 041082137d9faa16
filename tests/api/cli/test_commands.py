"""What each command answers, also to wrong input: a sentence and an exit code, no traceback."""

import base64
import getpass
import json
import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from api.cli.main import VERBS
from tests.api.cli.conftest import PROGRAM, Program, environment

pytestmark = pytest.mark.postgres

HEADING: Final = "programma;taakveld;naam;baten_eur;lasten_eur\n"
UTRECHT: Final = "GM0344"


def a_file(folder: Path, name: str, content: str | bytes) -> str:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def an_entry(
    debet: str, credit: str, *, amount: str = "100.00", basis: str = ""
) -> dict[str, object]:
    return {
        "boekdatum": "2025-06-01",
        "omschrijving": "Proef",
        "regels": [
            {
                "rekening": account,
                "bedrag": {"waarde": signed, "valuta": "EUR"},
                "grond": basis,
            }
            for account, signed in ((debet, amount), (credit, f"-{amount}"))
        ],
    }


def test_help_names_every_verb_and_each_has_an_example(ontschot: Program) -> None:
    for verb in VERBS:
        done = ontschot.help_of(verb)
        assert done.code == 0
        assert "Gebruik:" in done.out
        assert f"Voorbeeld: ontschot {verb}" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("demoo",), "De opdracht 'demoo' bestaat niet."),
        (("demo", "--gemente", "x"), "De optie --gemente bestaat niet. Bedoelt u --gemeente?"),
        (("saldo",), "--gemeente ontbreekt."),
        (("saldo", "--gemeente", "Ermelo", "--peildatum", "31-12-2025"), "schrijf jjjj-mm-dd"),
        (("saldo", "--gemeente", "Ermelo", "--peildatum", "9999-12-31"), "ligt buiten 1900"),
        (("saldo", "--gemeente", "Ermelo", "--vanaf", "0001-01-01"), "ligt buiten 1900"),
        (("saldo", "--gemeente", "Ermelo", "--formaat", "xml"), "kies uit tekst, json, csv."),
        (("importeer", "begroting", "x.csv", "--gemeente", "Ermelo"), "--jaar ontbreekt."),
        (("importeer", "wijken", "er-niet.csv", "--gemeente", "Ermelo"), "bestaat niet"),
        (("boek", "--gemeente", "Ermelo"), "Geef een JSON-bestand, of alle vijf"),
        (("boek", "--gemeente", "Ermelo", "--bedrag", "12,345"), "'12,345' is geen bedrag"),
        (("boek", "--gemeente", "Ermelo", "--sleutel", ""), "--sleutel: geef 1 tot 200 zichtbare"),
        (("boek", "x.json", "--gemeente", "Ermelo", "--bedrag", "5"), "niet beide"),
        (("token", "--gemeente", "Ermelo", "--rol", "koning"), "--rol: kies uit auditor"),
        (("demo", "--poort", "99999"), "geef een geheel getal vanaf 1 tot en met 65535."),
        (("saldo", "--gemeente", "Ermelo", "--stand-per", "-1"), "geef een geheel getal vanaf 0."),
    ],
)
def test_wrong_use_is_told_in_dutch(
    ontschot: Program, words: tuple[str, ...], sentence: str
) -> None:
    done = ontschot(*words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--zonder-server"),
        ("saldo",),
        ("controleer",),
        ("checkpoint",),
        ("token", "--rol", "financieel"),
    ],
)
def test_an_unknown_municipality_is_refused_with_the_nearest(
    ontschot: Program, words: tuple[str, ...]
) -> None:
    done = ontschot(*words, "--gemeente", "Ermeloo", "--formaat", "json")
    assert (done.code, done.out) == (1, "")
    refusal = json.loads(done.err)
    assert refusal["code"] == "gemeente-onbekend"
    assert "Bedoelt u Ermelo (GM0233)?" in refusal["melding"]
    assert refusal["feiten"]["gemeente"] == "Ermeloo"


@pytest.mark.parametrize("form", ["tekst", "json"])
def test_a_word_that_is_no_utf_8_is_refused_before_anything_is_done(
    ontschot: Program, form: str
) -> None:
    name = os.fsdecode("begroting S\xfadwest.csv".encode("latin-1"))
    words = ("importeer", "begroting", name, "--gemeente", UTRECHT, "--jaar", "2025")
    done = ontschot(*words, "--formaat", form)
    assert (done.code, done.out) == (2, "")
    assert "'begroting S?dwest.csv' is geen UTF-8" in done.err
    assert "Traceback" not in done.err


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a disk that is full")
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_a_full_disk_is_told_with_exit_code_three(word: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, word], env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 3
    assert done.stderr.decode().startswith("De schijf waarop de uitvoer komt is vol.")


def test_a_wrong_setting_is_told_with_exit_code_three(ontschot: Program) -> None:
    done = ontschot("saldo", "--gemeente", "Ermelo", settings={"ONTSCHOT_HAVEN": "veel"})
    assert done.code == 3
    assert "ONTSCHOT_HAVEN" in done.err


def test_a_database_that_cannot_be_reached_is_told_without_its_password(ontschot: Program) -> None:
    address = "postgresql://iemand:geheim@127.0.0.1:1/boeken"
    done = ontschot("saldo", "--gemeente", "Ermelo", settings={"DATABASE_URL": address})
    assert done.code == 3
    assert "De database uit DATABASE_URL is niet te bereiken" in done.err
    assert "geheim" not in done.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bestand-leeg"),
        (HEADING.encode(), "alleen-kopregel"),
        (HEADING.encode() + b"P1;6.3;Inkomen;0;1\xeb00\n", "bestand-geen-utf8"),
        (HEADING.replace(";", ",").encode() + b"P1,6.3,Inkomen,0,100\n", "scheidingsteken-onjuist"),
        (HEADING.encode() + b"P1;6.3;Inkomen;0;veel\n", "bedrag-onleesbaar"),
        (b"PK\x03\x04" + bytes(100), "bestand-geen-tekst"),
    ],
)
def test_a_wrong_budget_file_is_refused_and_nothing_is_booked(
    ontschot: Program, tmp_path: Path, content: bytes, code: str
) -> None:
    name = a_file(tmp_path, "begroting.csv", content)
    done = ontschot(
        "importeer", "begroting", name, "--gemeente", UTRECHT, "--jaar", "2025", "--formaat", "json"
    )
    assert (done.code, done.out) == (1, "")
    assert json.loads(done.err)["code"] == code


def test_a_file_of_200_mb_is_refused_unread(ontschot: Program, tmp_path: Path) -> None:
    name = tmp_path / "groot.csv"
    with name.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    done = ontschot("importeer", "begroting", str(name), "--gemeente", UTRECHT, "--jaar", "2025")
    assert done.code == 1
    assert "[bestand-te-groot]" in done.err


def test_a_budget_is_rehearsed_then_booked_then_recognised(
    ontschot: Program, tmp_path: Path
) -> None:
    name = a_file(
        tmp_path,
        "raad.csv",
        HEADING
        + "P1;6.711;Hulp;0;1000000\nP1;6.3;Inkomen;0;500000\nP2;0.1;Bestuur;0;7\nP1;6.5;Werk;0;9\n",
    )
    words = ("importeer", "begroting", name, "--gemeente", UTRECHT, "--jaar", "2026")
    asked = (*words, "--eenheid", "euro", "--formaat", "json")
    rehearsed = ontschot(*asked, "--proef")
    assert rehearsed.code == 0, rehearsed.err
    assert rehearsed.document["proef"] is True
    assert "Boekjaar 2026 is nog niet open" in rehearsed.err
    # Only the year of the budget goes open by itself.
    elsewhere = (*asked, "--boekdatum", "2031-01-01")
    refusals = [ontschot(*elsewhere, "--proef"), ontschot(*elsewhere)]
    for refusal in refusals:
        assert refusal.code == 1
        assert '"periode-onbekend"' in refusal.err
    assert "Boekjaar 2026 is geopend." in refusals[-1].err
    booked = ontschot(*asked)
    assert booked.code == 0, booked.err
    again = ontschot(*asked)
    tried = ontschot(*asked, "--proef")
    assert tried.code == 0, tried.err
    assert "Dit bestand is al ingelezen" in tried.err
    assert [done.document["eerderIngelezen"] for done in (rehearsed, booked, again)] == [
        False,
        False,
        True,
    ]
    for done in (rehearsed, booked, again):
        found = {each["middel"]: each["bedrag"]["waarde"] for each in done.document["middelen"]}
        assert found == {
            "WMO-2026": "1000000.00",
            "ARM-2026": "80000.00",
            "SHV-2026": "30000.00",
            "BUIG-2026": "390000.00",
        }
        reasons = {
            (each["reden"], each["bedrag"]["waarde"]) for each in done.document["weggelaten"]
        }
        assert reasons == {
            ("niet sociaal domein", "7.00"),
            ("taakveld heeft geen bron in de toewijzing", "9.00"),
        }
        assert any("6.3" in line for line in done.document["aannames"])
    other = a_file(tmp_path, "ander.csv", HEADING + "P1;6.711;Hulp;0;2000000\n")
    refused = ontschot(*words[:2], other, *words[3:], "--eenheid", "euro")
    assert refused.code == 1
    assert "[begroting-bestaat-al]" in refused.err


def test_districts_are_read_from_a_file(ontschot: Program, tmp_path: Path) -> None:
    name = a_file(
        tmp_path, "wijken.csv", "wijkcode;wijknaam;inwoners\nWK034401;West;30000\nWK034402;Oost;2\n"
    )
    done = ontschot("importeer", "wijken", name, "--gemeente", "Utrecht", "--formaat", "json")
    assert done.code == 0, done.err
    assert [each["code"] for each in done.document["wijken"]] == ["WK034401", "WK034402"]
    elsewhere = ontschot("importeer", "wijken", name, "--gemeente", "Ermelo")
    assert elsewhere.code == 1
    assert "[gemeente-niet-in-bestand]" in elsewhere.err


def test_observed_costs_are_read_from_a_file_and_what_stays_out_is_told(
    ontschot: Program, tmp_path: Path
) -> None:
    heading = "persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document\n"
    line = "7c9e6679-7425-40de-944b-e07fc1f90ae7;2024-03;JW;;12,50;2024-04-01;F1\n"
    name = a_file(tmp_path, "kosten.csv", heading + line)
    asked = ("importeer", "kosten", name, "--gemeente", "Ermelo")
    trial = ontschot(*asked, "--proef")
    assert (trial.code, trial.err) == (0, "Proef: niets geboekt.\n")
    assert "persoon hoorde in die maand bij geen gezin" in trial.out
    done = ontschot(*asked, "--formaat", "json").document
    assert (done["regels"], done["eerderIngelezen"]) == (0, False)
    assert [each["regel"] for each in done["weggelaten"]] == [2]
    assert "al ingelezen" in ontschot(*asked).err
    wrong = a_file(tmp_path, "fout.csv", heading + line.replace("2024-03", "maart"))
    refused = ontschot("importeer", "kosten", wrong, "--gemeente", "Ermelo")
    assert refused.code == 1
    assert "regel 2, kolom 'maand': 'maart' is geen maand" in refused.err


def test_severities_are_read_from_a_file(ontschot: Program, tmp_path: Path) -> None:
    line = "7c9e6679-7425-40de-944b-e07fc1f90ae7;2023-03-01;1,5\n"
    name = a_file(tmp_path, "zwaarte.csv", "gezin;gemeten_op;zwaarte\n" + line)
    refused = ontschot("importeer", "zwaarte", name, "--gemeente", "Ermelo", "--proef")
    assert refused.code == 1
    assert "[gezin-onbekend]" in refused.err


def test_balances_have_one_answer_in_three_forms(ontschot: Program) -> None:
    asked = ("saldo", "--gemeente", "Ermelo", "--middel", "SHV-2025")
    document = ontschot(*asked, "--formaat", "json").document
    balances = {
        each["rekening"]: each["saldo"]["waarde"].replace(".", ",")
        for each in document["rekeningen"]
    }
    assert sum(int(value.replace(",", "")) for value in balances.values()) == 0
    lines = ontschot(*asked, "--formaat", "csv").out.splitlines()
    assert lines[0] == "rekening;naam;code;middel;kenmerken;saldo"
    assert {(row[0], row[-1]) for row in (line.split(";") for line in lines[1:])} == set(
        balances.items()
    )
    assert "Vrije ruimte" in ontschot(*asked).out


def test_a_statement_ends_at_the_balance_and_the_past_stays_as_it_was(ontschot: Program) -> None:
    document = ontschot(
        "saldo", "--gemeente", "Ermelo", "--middel", "JW-2025", "--mutaties", "--formaat", "json"
    ).document
    for account in document["rekeningen"]:
        assert account["mutaties"][-1]["saldo"] == account["saldo"]
    early = ontschot(
        *("saldo", "--gemeente", "Ermelo", "--rekening", "0110/JW-2025"),
        *("--stand-per", "0", "--formaat", "json"),
    ).document
    assert early["rekeningen"][0]["saldo"]["waarde"] == "0.00"
    ahead = ontschot("saldo", "--gemeente", "Ermelo", "--stand-per", "999999")
    assert ahead.code == 1
    assert "[stand-nog-onbekend]" in ahead.err


def test_the_accounts_of_a_family_and_a_district_can_be_asked_for(ontschot: Program) -> None:
    summary = ontschot("demo", "--gemeente", "Ermelo", "--zonder-server", "--formaat", "json")
    family = summary.document["gezinnen"][0]
    document = ontschot(
        *("saldo", "--gemeente", "Ermelo", "--gezin", family["gezinsbudget"]),
        *("--formaat", "json"),
    ).document
    left = [each for each in document["rekeningen"] if each["code"] == "0130"]
    cents = sum(int(each["saldo"]["waarde"].replace(".", "")) for each in left)
    assert cents == int(family["resteert"]["waarde"].replace(".", ""))
    assert ontschot("saldo", "--gemeente", "Ermelo", "--wijk", family["wijk"]).code == 0
    unknown = ontschot("saldo", "--gemeente", "Ermelo", "--wijk", "WK023398")
    assert unknown.code == 1
    assert "[wijk-onbekend]" in unknown.err


def test_an_entry_is_rehearsed_booked_and_not_booked_twice(ontschot: Program) -> None:
    asked = (
        *("boek", "--gemeente", "Ermelo", "--debet", "0125/JW-2025", "--credit", "0110/JW-2025"),
        *("--bedrag", "1.250,50", "--boekdatum", "2025-02-01", "--omschrijving", "Apart gezet"),
    )
    reserve = ("saldo", "--gemeente", "Ermelo", "--rekening", "0125/JW-2025", "--formaat", "json")

    def cents() -> int:
        found = ontschot(*reserve).document["rekeningen"][0]["saldo"]["waarde"]
        return int(found.replace(".", ""))

    before = cents()
    assert ontschot(*asked, "--proef").code == 0
    assert cents() == before
    for _ in range(2):
        assert ontschot(*asked, "--sleutel", "een-keer").code == 0
    assert cents() == before + 125_050


def test_a_list_of_entries_gets_a_verdict_each(ontschot: Program, tmp_path: Path) -> None:
    good = {**an_entry("0125/JW-2025", "0110/JW-2025"), "document": "nota 7"}
    mixed = an_entry("0125/JW-2025", "0110/WMO-2025")
    unknown = an_entry("0199/JW-1999", "0110/JW-2025")
    too_much = an_entry("0125/JW-2025", "0110/JW-2025", amount="999999999.00")
    name = a_file(tmp_path, "post.json", json.dumps([good, mixed, unknown, too_much]))
    done = ontschot("boek", name, "--gemeente", "Ermelo", "--formaat", "json")
    assert done.code == 1
    verdicts = [each.get("code", each["uitkomst"]) for each in done.document["boekingen"]]
    assert verdicts == ["geboekt", "niet-in-evenwicht", "rekening-onbekend", "saldo-ontoereikend"]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        ("geen json", 2, "(regel 1, teken 1)"),
        ('{"boekdatum": "2025-01-01"}', 2, "geen boeking in JSON"),
        (
            json.dumps([an_entry("0125/JW-2025", "0110/JW-2025", amount="1.5")]),
            2,
            "[0].regels[1].bedrag",
        ),
        ("[]", 2, "de lijst is leeg"),
        (
            json.dumps({**an_entry("0125/JW-2025", "0110/JW-2025"), "omschrijving": "a\x1b[31m"}),
            2,
            "- omschrijving: heeft niet de juiste vorm, of bevat tekens die niet mogen.",
        ),
        (json.dumps(an_entry("wat", "0110/JW-2025")), 1, "[rekening-onleesbaar]"),
        (
            json.dumps(an_entry("0125/JW-2025", "0110/JW-2025", basis="E99")),
            1,
            "[regel-past-niet]",
        ),
    ],
)
def test_a_wrong_entry_is_refused(
    ontschot: Program, tmp_path: Path, content: str, code: int, sentence: str
) -> None:
    name = a_file(tmp_path, "post.json", content)
    done = ontschot("boek", name, "--gemeente", "Ermelo")
    assert done.code == code
    assert sentence in done.err
    assert "Traceback" not in done.err


def test_the_books_are_checked_against_what_was_signed(ontschot: Program) -> None:
    signed = ontschot("checkpoint", "--gemeente", "Ermelo", "--formaat", "json")
    assert signed.code == 0, signed.err
    words = ("controleer", "--gemeente", "Ermelo", "--formaat", "json")
    for done in (ontschot.as_people_do(*words), ontschot(*words, "--onafhankelijk")):
        assert done.code == 0, done.err
        (check,) = done.document["controles"]
        assert check["schoon"] is True
        assert check["controlepunten"] >= 1
        assert check["boekingenPerSeconde"] > 0


def test_a_copy_of_a_checkpoint_proves_what_lies_before_it(
    ontschot: Program, tmp_path: Path
) -> None:
    copy = tmp_path / "GM0233.jsonl"
    words = ("controleer", "--gemeente", "Ermelo", "--vanaf", str(copy), "--formaat", "json")
    assert ontschot("checkpoint", "--gemeente", "Ermelo").code == 0
    copy.write_bytes((ontschot.folder / "checkpoints" / "GM0233.jsonl").read_bytes())
    without_key = ontschot(*words)
    assert (without_key.code, "bewijst niets" in without_key.err) == (3, True)
    (key,) = (ontschot.folder / "sleutels").glob("checkpoint-*.pub.pem")
    (tmp_path / key.name).write_bytes(key.read_bytes())
    done = ontschot(*words)
    assert done.code == 0, done.err
    assert done.document["controles"][0]["controlepunten"] >= 1
    assert ontschot("controleer", "--vanaf", str(copy)).code == 2


def test_a_broken_checkpoint_is_a_finding(ontschot: Program) -> None:
    file = ontschot.folder / "checkpoints" / "GM0233.jsonl"
    signed = ontschot("checkpoint", "--gemeente", "Ermelo")
    assert signed.code == 0
    kept = file.read_bytes()
    try:
        file.write_bytes(kept + b"half een reg\n")
        done = ontschot("controleer", "--gemeente", "Ermelo")
        assert done.code == 1
        assert "[controlepunt-regel]" in done.err
    finally:
        file.write_bytes(kept)


def test_a_token_is_only_for_development(ontschot: Program) -> None:
    asked = ("token", "--rol", "wijkteam", "--gemeente", "Ermelo", "--team", "noord")
    done = ontschot(*asked, "--formaat", "json")
    assert done.code == 0
    assert done.document["rollen"] == ["wijkteam"]
    assert done.document["teams"] == ["noord"]
    assert done.document["token"].count(".") == 2
    refused = ontschot(*asked, settings={"ONTSCHOT_OMGEVING": "productie"})
    assert (refused.code, refused.out) == (3, "")


def test_a_token_acts_under_the_name_that_is_given(ontschot: Program) -> None:
    asked = ("token", "--rol", "budgethouder", "--gemeente", "Ermelo", "--formaat", "json")
    names = []
    for words in ((), ("--naam", "collega")):
        done = ontschot(*asked, *words)
        payload = done.document["token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["sub"] == done.document["naam"]
        names.append(claims["sub"])
    assert names == [getpass.getuser(), "collega"]
    nobody = ontschot(*asked, "--naam", " ")
    assert nobody.code == 2
    assert "--naam" in nobody.err


def test_migrating_twice_changes_nothing(ontschot: Program) -> None:
    done = ontschot("migreer", "--formaat", "json")
    assert done.code == 0
    assert done.document["van"] == done.document["naar"]


def test_what_rests_on_a_decision_is_not_booked_by_hand(ontschot: Program) -> None:
    listed = ontschot("saldo", "--gemeente", "Ermelo", "--formaat", "json").document
    council = next(each for each in listed["rekeningen"] if each["code"] == "0100")
    free = f"0110/{council['middel']}"
    done = ontschot(
        *("boek", "--gemeente", "Ermelo", "--debet", free, "--credit", council["rekening"]),
        *("--bedrag", "1,00", "--boekdatum", "2025-02-01", "--omschrijving", "Erbij", "--proef"),
    )
    assert done.code == 1
    assert "[rekening-niet-vrij]" in done.err
