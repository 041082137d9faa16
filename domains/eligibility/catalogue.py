"""The rules and the kinds of help that travel with the program, read from its data files.

They are ours and tested, so a fault in them is a bug and not a refusal.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from domains.data.files import rows_of
from domains.eligibility.model import (
    Condition,
    HelpKind,
    Nature,
    Reach,
    Rule,
    RuleOutcome,
    SameBy,
)
from domains.eligibility.rules import rule_base_of
from domains.sources import SOURCES
from domains.sources.model import Hardness

_RULES_FILE: Final = "rechtsregels.csv"
_KINDS_FILE: Final = "soorten_hulp.csv"
_TRUTH: Final = {"waar": True, "onwaar": False}
_SHOWN: Final = "aangetoond"
_YES: Final = {"ja": True, "nee": False}
_EVERY_SOURCE: Final = "+".join(source.code for source in SOURCES)


def conditions_of(text: str) -> tuple[Condition, ...]:
    """Read ``feit=waar;ander-feit=onwaar``; ``aangetoond`` is true, and not before it is known."""
    pairs = [part.split("=") for part in text.split(";") if part]
    return tuple(
        Condition(fact=fact, value=value == _SHOWN or _TRUTH[value], shown=value == _SHOWN)
        for fact, value in pairs
    )


def text_of(conditions: Iterable[Condition]) -> str:
    """Write conditions as :func:`conditions_of` reads them."""
    words = {value: word for word, value in _TRUTH.items()}
    return ";".join(
        f"{each.fact}={_SHOWN if each.shown else words[each.value]}" for each in conditions
    )


def _rule(row: dict[str, str]) -> Rule:
    """Read a row; ``A+B`` are sources side by side, ``A>B`` one after the other, ``*`` all."""
    sources = row["bronnen"].replace("*", _EVERY_SOURCE)
    return Rule(
        rule_id=row["regel"],
        sources=tuple(sources.replace(">", "+").split("+")),
        sources_in_order=">" in sources,
        reach=Reach(row["reikwijdte"]),
        kinds=tuple(row["soorten"].split()),
        person=row["persoon"],
        age_from=int(row["leeftijd_van"]),
        age_until=int(row["leeftijd_tot"]) if row["leeftijd_tot"] else None,
        conditions=conditions_of(row["voorwaarden"]),
        outcome=RuleOutcome(row["uitkomst"]),
        hardness=Hardness(row["hardheid"]),
        legal_basis=row["grondslag"],
        explanation=row["uitleg"],
        nature=_nature(row, "taakveld") if row["taakveld"] else None,
        valid_from=date.fromisoformat(row["geldig_van"]),
        valid_until=date.fromisoformat(row["geldig_tot"]) if row["geldig_tot"] else None,
    )


def _nature(row: dict[str, str], column: str) -> Nature:
    """Read where the expense belongs; ``column`` holds the taakveld."""
    return Nature(taakveld=row[column], category=row["categorie"], cost_account=row["rekening"])


def _kind(row: dict[str, str]) -> HelpKind:
    """Read a kind of help."""
    return HelpKind(
        code=row["soort"],
        name=row["naam"],
        wider=tuple(row["valt_onder"].split()),
        natures=tuple(
            (int(column.removeprefix("taakveld_")), _nature(row, column))
            for column in row
            if column.startswith("taakveld_")
        ),
        same_by=SameBy(row["zelfde_hulp_bij"]),
        refused_as_cash_pgb=_YES[row["pgb_in_geld"]],
    )


RULE_VERSIONS: Final[tuple[Rule, ...]] = tuple(_rule(row) for row in rows_of(_RULES_FILE))
"""Every version of every rule as shipped, by rule and then from old to new."""

RULE_BASE: Final = rule_base_of(RULE_VERSIONS)
"""The rules as shipped: what holds in a municipality that added or narrowed nothing."""

KINDS: Final[tuple[HelpKind, ...]] = tuple(_kind(row) for row in rows_of(_KINDS_FILE))
"""The kinds of help, in the order in which people look for them."""
