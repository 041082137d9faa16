"""Which values a setting may have, and how what is stored becomes what the program works with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from domains.budgets.taakvelden import ever
from domains.eligibility.catalogue import RULE_BASE
from domains.eligibility.model import Reach
from domains.settings.model import (
    LADDER,
    AuthorisationLevel,
    Iv3Contact,
    Mandate,
    OverDelivery,
    ProgrammePart,
    SettingName,
    Settings,
    Value,
)
from ledger import money
from ledger.refusals import Refusal

LONGEST_TERM: Final = 365
"""The longest term in days; an item that waits longer waits for the next budget."""

_MOST_PARTS: Final = 200
_TELEPHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{5,19}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_LONGEST_TEXT: Final = 100
_MOST_EUROS: Final = money.MAX_CENTS // 100


@dataclass(kw_only=True, unsafe_hash=True)
class InvalidSetting(Refusal):
    """A setting gets a value that it can not have."""

    code: ClassVar[str] = "instelling-ongeldig"
    setting: str
    reason: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"De instelling '{self.setting}' kan deze waarde niet hebben: {self.reason}."


@dataclass(kw_only=True, unsafe_hash=True)
class SettingWorksBack(Refusal):
    """A setting would hold for days on which others decided already."""

    code: ClassVar[str] = "instelling-werkt-terug"
    setting: str
    valid_from: date
    today: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"De instelling '{self.setting}' zou gelden vanaf {self.valid_from}, en wat vóór"
            f" vandaag is besloten blijft staan. Kies {self.today} of een latere dag."
        )


def checked_value(name: SettingName, value: Value) -> Value:
    """Give a value as it is stored, if the setting can have it.

    :raises InvalidSetting: it can not.
    """
    return _CHECKS[name](name, value)


def check_start(name: SettingName, *, valid_from: date, today: date) -> None:
    """Refuse a setting that would change days that are over.

    :raises SettingWorksBack: it would.
    """
    if valid_from < today:
        raise SettingWorksBack(setting=name, valid_from=valid_from, today=today)


def settings_of(values: Mapping[str, Value]) -> Settings:
    """Give all settings from the values that were decided, with the program's own for the rest."""
    decided: dict[str, Any] = {}
    for name, value in values.items():
        field, read = _FIELDS[SettingName(name)]
        decided[field] = read(value)
    return Settings(**decided)


def value_of(settings: Settings, name: SettingName) -> Value:
    """Write one setting as it is stored."""
    found = getattr(settings, _FIELDS[name][0])
    if name is SettingName.UNAPPROVED:
        return found // 100
    if name is SettingName.MANDATES:
        return {
            each.role: {
                "per_draw_cents": each.per_draw_cents,
                "per_family_year_cents": each.per_family_year_cents,
            }
            for each in found
        }
    if name is SettingName.IV3_CONTACT:
        return {"naam": found.name, "telefoon": found.telephone, "email": found.email}
    if name is SettingName.PROGRAMME_PARTS:
        return {each.name: list(each.taakvelden) for each in found}
    return list(found) if isinstance(found, tuple) else found


def _checked_sources(name: SettingName, value: Value) -> Value:
    may = [
        source for rule in RULE_BASE.rules if rule.reach is Reach.ADVANCE for source in rule.sources
    ]
    known = ", ".join(dict.fromkeys(may))
    if not isinstance(value, list) or not value or set(value) - set(may):
        raise _invalid(name, f"noem een of meer van de bronnen {known}, in volgorde (regel E39)")
    if len(set(value)) < len(value):
        raise _invalid(name, "elke bron mag er één keer in staan")
    return value


def _checked_mandates(name: SettingName, value: Value) -> Value:
    if (
        not isinstance(value, dict)
        or set(value) != set(LADDER)
        or not all(isinstance(each, dict) for each in value.values())
    ):
        raise _invalid(name, f"noem de grenzen van {', '.join(LADDER)}, en van niemand anders")
    for limit in ("per_draw_cents", "per_family_year_cents"):
        amounts = [value[role].get(limit) for role in LADDER]
        if not all(type(each) is int and 0 <= each <= money.MAX_CENTS for each in amounts):
            raise _invalid(name, "een grens is een bedrag van nul of meer")
        if amounts != sorted(amounts):
            raise _invalid(name, f"wie hoger staat mag niet minder: {' <= '.join(LADDER)}")
    if any(value[role]["per_draw_cents"] > value[role]["per_family_year_cents"] for role in LADDER):
        raise _invalid(name, "de grens per trekking is hooguit die per gezin en jaar")
    return {role: value[role] for role in LADDER}


def _checked_days(name: SettingName, value: Value) -> Value:
    if type(value) is not int or not 1 <= value <= LONGEST_TERM:
        raise _invalid(name, f"geef een aantal dagen van 1 tot en met {LONGEST_TERM}")
    return value


def _checked_euros(name: SettingName, value: Value) -> Value:
    if type(value) is not int or not 0 <= value <= _MOST_EUROS:
        raise _invalid(name, f"geef hele euro's, van 0 tot en met {_MOST_EUROS}")
    return value


def _checked_parts(name: SettingName, value: Value) -> Value:
    if not isinstance(value, dict) or not all(
        isinstance(each, list) and each for each in value.values()
    ):
        raise _invalid(name, "noem bij elk programmaonderdeel ten minste één taakveld")
    named = [taakveld for each in value.values() for taakveld in each]
    _check_taakvelden(name, named)
    if len(set(named)) < len(named):
        raise _invalid(name, "een taakveld hoort bij één programmaonderdeel")
    return value


def _checked_taakvelden(name: SettingName, value: Value) -> Value:
    if not isinstance(value, list):
        raise _invalid(name, "noem taakvelden, of geen")
    _check_taakvelden(name, value)
    if len(set(value)) < len(value):
        raise _invalid(name, "noem elk taakveld één keer")
    return value


def _check_taakvelden(name: SettingName, named: list[Any]) -> None:
    if len(named) > _MOST_PARTS:
        raise _invalid(name, f"noem hooguit {_MOST_PARTS} taakvelden")
    unknown = [each for each in named if not isinstance(each, str) or not ever(each)]
    if unknown:
        raise _invalid(name, f"taakveld '{str(unknown[0])[:40]}' bestaat in geen enkel jaar")


def _checked_contact(name: SettingName, value: Value) -> Value:
    if (
        not isinstance(value, dict)
        or set(value) != {"naam", "telefoon", "email"}
        or not all(isinstance(each, str) and len(each) <= _LONGEST_TEXT for each in value.values())
    ):
        raise _invalid(
            name, f"noem naam, telefoon en email, elk hooguit {_LONGEST_TEXT} tekens, en niets meer"
        )
    kept = {field: text.strip() for field, text in value.items()}
    if not any(kept.values()):
        return kept  # Nobody, as long as no office was named.
    if not kept["naam"]:
        raise _invalid(name, "noem de afdeling die vragen over Iv3 beantwoordt")
    if not _TELEPHONE.fullmatch(kept["telefoon"]):
        raise _invalid(name, "schrijf het telefoonnummer met cijfers, zoals 030 286 00 00")
    if not _EMAIL.fullmatch(kept["email"]):
        raise _invalid(name, "schrijf het e-mailadres zoals financien@gemeente.nl")
    return kept


def _checked_choice(name: SettingName, value: Value) -> Value:
    choices = _CHOICES[name]
    if value not in choices:
        raise _invalid(name, f"kies {' of '.join(choices)}")
    return value


def _invalid(name: SettingName, reason: str) -> InvalidSetting:
    return InvalidSetting(setting=name, reason=reason)


def _mandates(value: Value) -> tuple[Mandate, ...]:
    return tuple(Mandate(role=role, **value[role]) for role in LADDER)


def _cents(euros: Value) -> int:
    return int(euros) * 100


def _contact(value: Value) -> Iv3Contact:
    return Iv3Contact(name=value["naam"], telephone=value["telefoon"], email=value["email"])


def _parts(value: Value) -> tuple[ProgrammePart, ...]:
    return tuple(
        ProgrammePart(name=name, taakvelden=tuple(found)) for name, found in sorted(value.items())
    )


_CHOICES: Final = {
    SettingName.AUTHORISATION_LEVEL: [each.value for each in AuthorisationLevel],
    SettingName.OVER_DELIVERY: [each.value for each in OverDelivery],
}

_CHECKS: Final[Mapping[SettingName, Callable[[SettingName, Value], Value]]] = {
    SettingName.ADVANCE_ORDER: _checked_sources,
    SettingName.MANDATES: _checked_mandates,
    SettingName.APPROVAL_DAYS: _checked_days,
    SettingName.PAYER_DAYS: _checked_days,
    SettingName.SHORTAGE_DAYS: _checked_days,
    SettingName.AUTHORISATION_LEVEL: _checked_choice,
    SettingName.PROGRAMME_PARTS: _checked_parts,
    SettingName.OVER_DELIVERY: _checked_choice,
    SettingName.OPEN_ENDED: _checked_taakvelden,
    SettingName.UNAPPROVED: _checked_euros,
    SettingName.IV3_CONTACT: _checked_contact,
}

_FIELDS: Final[Mapping[SettingName, tuple[str, Callable[[Value], object]]]] = {
    SettingName.ADVANCE_ORDER: ("advance_order", tuple),
    SettingName.MANDATES: ("mandates", _mandates),
    SettingName.APPROVAL_DAYS: ("approval_days", int),
    SettingName.PAYER_DAYS: ("payer_days", int),
    SettingName.SHORTAGE_DAYS: ("shortage_days", int),
    SettingName.AUTHORISATION_LEVEL: ("authorisation_level", AuthorisationLevel),
    SettingName.PROGRAMME_PARTS: ("programme_parts", _parts),
    SettingName.OVER_DELIVERY: ("over_delivery", OverDelivery),
    SettingName.OPEN_ENDED: ("open_ended", tuple),
    SettingName.UNAPPROVED: ("unapproved_cents", _cents),
    SettingName.IV3_CONTACT: ("iv3_contact", _contact),
}
"""The field of :class:`Settings` for each name, and how a stored value becomes it."""
