"""Reading DDAS 1.0: what is found in it, and where it is wrong, without any content of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from domains.debt_help.model import Start
from domains.debt_help.reading import read_debt_help, schema_in
from domains.debt_help.refusals import DebtHelpInvalid, DebtHelpUnreadable
from tests.domains.debt_help.support import delivery, trajectory

BSN = "999900006"


def read(content: bytes, schema: Path | None = None) -> Any:
    return read_debt_help(content, file_name="levering.json", schema=schema)


def test_everything_that_began_is_found() -> None:
    found = read(
        delivery(
            trajectory(
                "GM0344",
                BSN,
                einddatum="2026-11-30",
                uitstroom={"datum": "2026-12-01", "reden": "Afgerond"},
                stabilisatie={"startdatum": "2026-02-10"},
                begeleiding=[{"soort": "Budgetbeheer", "startdatum": "2026-03-01"}],
                crisisinterventies=[{"startdatum": "2026-02-02", "einddatum": "2026-02-03"}],
                oplossing={"soort": "Saneringskrediet", "startdatum": "2026-06-01"},
                schuldregeling={"toegekend": "2026-06-20", "afgewezen": "2026-05-01"},
                nazorg={"startdatum": "2026-12-01"},
            )
        )
    )
    (each,) = found.trajectories
    assert (each.pointer, each.clients) == ("/leveringen/0/schuldhulptrajecten/0", (BSN,))
    assert [(start.form, str(start.started_on), start.outcome) for start in each.starts] == [
        ("traject", "2026-02-01", "Afgerond"),
        ("stabilisatie", "2026-02-10", ""),
        ("nazorg", "2026-12-01", ""),
        ("crisisinterventie", "2026-02-02", ""),
        ("begeleiding: Budgetbeheer", "2026-03-01", ""),
        ("oplossing: Saneringskrediet", "2026-06-01", "Toegekend"),
    ]
    assert isinstance(each.starts[0], Start)


GOOD = json.loads(delivery(trajectory("GM0344", BSN)))
AT = "/leveringen/0/schuldhulptrajecten/0"


def broken(path: str, value: object) -> bytes:
    """Put a value at a place in a good delivery."""
    content = json.loads(json.dumps(GOOD))
    *steps, last = path.strip("/").split("/")
    place = content
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(content).encode()


FAULTS = (
    ("/codeGegevensleverancier", ..., "", "ontbreekt een verplicht veld"),
    ("/codeGegevensleverancier", 5, "/codeGegevensleverancier", "verkeerde soort"),
    ("/leveringen/0/teller", "een", "/leveringen/0/teller", "verkeerde soort"),
    (f"{AT}/gemeentecode", ..., AT, "ontbreekt een verplicht veld"),
    (f"{AT}/startdatum", "1 mei", f"{AT}/startdatum", "geen geldige datum"),
    (f"{AT}/startdatum", "2026-02-30", f"{AT}/startdatum", "geen geldige datum"),
    (f"{AT}/naam", "Jansen", AT, "een veld dat DDAS niet kent"),
    (f"{AT}/uitstroom", {"reden": "Klaar"}, f"{AT}/uitstroom/reden", "DDAS niet kent"),
    (f"{AT}/client/0/Burgerservicenummer", 12, f"{AT}/client/0/", "verkeerde soort"),
    (f"{AT}/einddatum", "2026-01-31", AT, "einddatum voor de startdatum"),
    (f"{AT}/totaalSchuldbedragBijAanvangSchuld", 12.5, f"{AT}/totaal", "verkeerde soort"),
)


@pytest.mark.parametrize(("path", "value", "pointer", "reason"), FAULTS)
def test_a_fault_is_told_by_its_place_and_never_by_its_content(
    path: str, value: object, pointer: str, reason: str
) -> None:
    with pytest.raises(DebtHelpInvalid) as refused:
        read(broken(path, value))
    assert refused.value.pointer.startswith(pointer)
    assert reason in refused.value.message()
    assert "Jansen" not in refused.value.message()
    assert BSN not in refused.value.message()


@pytest.mark.parametrize(("path", "value", "pointer", "reason"), FAULTS[:-2])
def test_the_schema_says_no_where_our_own_model_does(
    testdata: Path, path: str, value: object, pointer: str, reason: str
) -> None:
    del pointer, reason
    schema = schema_in(testdata)
    assert schema is not None
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(
        json.loads(schema.read_text(encoding="utf-8")), validate_formats=True
    )
    assert validator.is_valid(GOOD)
    assert not validator.is_valid(json.loads(broken(path, value)))


def test_the_schema_finds_what_our_own_model_lets_pass(testdata: Path) -> None:
    three = delivery(trajectory("GM0344", BSN, BSN, BSN))
    assert read(three).trajectories
    with pytest.raises(DebtHelpInvalid) as refused:
        read(three, schema_in(testdata))
    assert (refused.value.pointer, refused.value.reason) == (
        f"{AT}/client",
        "staan te veel onderdelen",
    )


@pytest.mark.parametrize("name", ["enkelvoudigVoorbeeld.json", "meervoudigVoorbeeld.json"])
def test_the_samples_of_the_standard_are_read(testdata: Path, name: str) -> None:
    content = (testdata / "ddas" / name).read_bytes()
    found = read(content, schema_in(testdata))
    assert found.trajectories
    assert all(each.starts for each in found.trajectories)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        GOOD.__repr__().encode(),
        delivery()[:-40],
        b'{"a": "\xff"}',
        "{}".encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises((DebtHelpUnreadable, DebtHelpInvalid)) as refused:
        read(content)
    assert "levering.json" in refused.value.message()


@pytest.mark.parametrize(
    ("path", "value", "pointer", "reason"),
    [
        ("/einddatumLevering", "9999-12-31", "/einddatumLevering", "een datum na 2199"),
        ("/einddatumLevering", "2000-12-31", "/einddatumLevering", "voor de startdatum"),
        ("/codeGegevensleverancier", "GL\0", "/codeGegevensleverancier", "dat niet past"),
        (f"{AT}/einddatum", "9999-12-30", AT, "een datum na 2199"),
    ],
)
def test_what_cannot_be_kept_is_refused(path: str, value: str, pointer: str, reason: str) -> None:
    with pytest.raises(DebtHelpInvalid) as no:
        read(broken(path, value))
    assert no.value.pointer == pointer
    assert reason in no.value.reason


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("einddatum", "9999-12-31"),
        ("stabilisatie", {"startdatum": "2026-02-01", "einddatum": "9999-12-31"}),
        ("oplossing", {"startdatum": "2026-02-01", "einddatum": "9999-12-31"}),
    ],
)
def test_the_last_day_of_all_means_that_help_goes_on(path: str, value: object) -> None:
    (found,) = read(broken(f"{AT}/{path}", value)).trajectories
    assert {start.ended_on for start in found.starts} == {None}


def test_an_empty_file_was_not_cut_in_two() -> None:
    with pytest.raises(DebtHelpUnreadable) as refused:
        read(b"")
    assert "is leeg" in refused.value.message()
    with pytest.raises(DebtHelpUnreadable) as cut:
        read(delivery()[:-40])
    assert "halverwege afgebroken" in cut.value.message()


def test_without_a_folder_there_is_no_schema(tmp_path: Path) -> None:
    assert schema_in(None) is None
    assert schema_in(tmp_path) is None
