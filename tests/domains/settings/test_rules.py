"""Which values a setting can have, told as a table: setting, value, what is wrong with it."""

from typing import Any

import pytest

from domains.settings.model import (
    AuthorisationLevel,
    OverDelivery,
    ProgrammePart,
    SettingName,
    Settings,
)
from domains.settings.rules import InvalidSetting, checked_value, settings_of, value_of


def limits(*cents: int) -> dict[str, dict[str, int]]:
    """Make mandates with the same limit per draw and per family and year."""
    return {
        role: {"per_draw_cents": each, "per_family_year_cents": each}
        for role, each in zip(("wijkteam", "teamleider", "budgethouder"), cents, strict=True)
    }


def office(**other: str) -> dict[str, str]:
    """Give an office that CBS can reach, but for what is told."""
    return {"naam": "Financiën", "telefoon": "030 286 00 00", "email": "a@b.nl"} | other


GOOD = [
    ("voorfinanciering", ["WMO"]),
    ("voorfinanciering", ["RES", "TOE"]),
    ("mandaat", limits(0, 0, 1)),
    ("mandaat", limits(100, 200, 300)),
    ("akkoordtermijn", 1),
    ("betalertermijn", 365),
    ("tekorttermijn", 14),
    ("autorisatieniveau", "taakveld"),
    ("programmaonderdelen", {}),
    ("open_einde", []),
    ("open_einde", ["6.3", "6.751"]),
    ("programmaonderdelen", {"Jeugd": ["6.751", "6.762"], "Minima": ["6.3"]}),
    ("levering_boven_verplichting", "wacht-op-verhoging"),
    ("grens_zonder_akkoord", 0),
    ("grens_zonder_akkoord", 50_000),
    (
        "iv3_contact",
        {"naam": "Financiën", "telefoon": "030 286 00 00", "email": "iv3@utrecht.nl"},
    ),
]

WRONG = [
    ("voorfinanciering", [], "noem een of meer van de bronnen"),
    ("voorfinanciering", ["JW"], "TOE, WMO, ARM, SHV, RES"),
    ("voorfinanciering", ["BUIG"], "TOE, WMO, ARM, SHV, RES"),
    ("voorfinanciering", ["WMO", "WMO"], "één keer"),
    ("voorfinanciering", "WMO", "noem een of meer"),
    ("voorfinanciering", {"WMO": 1}, "noem een of meer"),
    ("mandaat", {}, "wijkteam, teamleider, budgethouder"),
    ("mandaat", limits(1, 2, 3) | {"wethouder": {}}, "niemand anders"),
    ("mandaat", {**limits(1, 2, 3), "wijkteam": ["6.3"]}, "niemand anders"),
    ("mandaat", limits(-1, 2, 3), "nul of meer"),
    ("mandaat", limits(1, 2, 10**15 + 1), "nul of meer"),
    ("mandaat", limits(3, 2, 3), "niet minder"),
    (
        "mandaat",
        limits(1, 2, 3) | {"wijkteam": {"per_draw_cents": 1, "per_family_year_cents": 0}},
        "hooguit die per gezin en jaar",
    ),
    ("mandaat", ["wijkteam"], "noem de grenzen"),
    ("akkoordtermijn", 0, "1 tot en met 365"),
    ("akkoordtermijn", 366, "1 tot en met 365"),
    ("akkoordtermijn", True, "1 tot en met 365"),
    ("betalertermijn", "5", "1 tot en met 365"),
    ("autorisatieniveau", "fonds", "programma of programmaonderdeel of taakveld"),
    ("autorisatieniveau", ["programma"], "programma of"),
    ("programmaonderdelen", {"Jeugd": []}, "ten minste één taakveld"),
    ("programmaonderdelen", {"Jeugd": ["6.99"]}, "bestaat in geen enkel jaar"),
    ("programmaonderdelen", {"A": ["6.3"], "B": ["6.3"]}, "één programmaonderdeel"),
    ("programmaonderdelen", {"A": ["6.3"] * 201}, "hooguit 200"),
    ("programmaonderdelen", ["6.3"], "ten minste één taakveld"),
    ("open_einde", "6.3", "noem taakvelden"),
    ("open_einde", ["6.99"], "bestaat in geen enkel jaar"),
    ("open_einde", [["6.3"]], "bestaat in geen enkel jaar"),
    ("open_einde", ["6.3", "6.3"], "één keer"),
    ("levering_boven_verplichting", "altijd", "weigeren of wacht-op-verhoging"),
    ("grens_zonder_akkoord", -1, "hele euro's"),
    ("grens_zonder_akkoord", "veel", "hele euro's"),
    ("iv3_contact", {"naam": "Financiën"}, "naam, telefoon en email"),
    ("iv3_contact", office(naam="x" * 101), "hooguit 100 tekens"),
    ("iv3_contact", office(naam=" "), "noem de afdeling"),
    ("iv3_contact", office(telefoon="bel maar"), "telefoonnummer"),
    ("iv3_contact", office(email="iv3 utrecht.nl"), "e-mailadres"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_that_makes_sense_is_kept_as_it_is(name: str, value: Any) -> None:
    setting = SettingName(name)
    kept = checked_value(setting, value)
    assert kept == value
    assert value_of(settings_of({name: kept}), setting) == value


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_a_value_that_makes_no_sense_is_refused_with_the_reason(
    name: str, value: Any, reason: str
) -> None:
    with pytest.raises(InvalidSetting) as refused:
        checked_value(SettingName(name), value)
    assert reason in refused.value.message()
    assert refused.value.setting == name


@pytest.mark.parametrize("name", SettingName)
def test_what_the_program_ships_could_have_been_decided(name: SettingName) -> None:
    shipped = value_of(Settings(), name)
    assert checked_value(name, shipped) == shipped
    assert settings_of({name: shipped}) == Settings()


def test_what_is_decided_takes_the_place_of_what_is_shipped_and_the_rest_stays() -> None:
    found = settings_of(
        {
            "autorisatieniveau": "programmaonderdeel",
            "programmaonderdelen": {"Jeugd": ["6.751"]},
            "levering_boven_verplichting": "weigeren",
            "mandaat": limits(1, 2, 3),
        }
    )
    assert found.authorisation_level is AuthorisationLevel.PROGRAMME_PART
    assert found.programme_parts == (ProgrammePart(name="Jeugd", taakvelden=("6.751",)),)
    assert found.over_delivery is OverDelivery.REFUSE
    assert found.advance_order == Settings().advance_order
    mandate = found.mandate_of("teamleider")
    assert mandate is not None
    assert mandate.per_draw_cents == 2
    assert found.mandate_of("wethouder") is None
