"""Reading a form of a page: Dutch amounts and days in, values out, and every error at its field."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from litestar.datastructures import FormMultiDict

from api.clock import FIRST_DAY, LAST_DAY
from api.http.services import services_of
from api.http.wire import PRINTABLE
from api.problems import InvalidField, InvalidInput
from api.web.language import gettext
from api.web.visitors import FORM_TOKEN, Visit
from ledger.money import MAX_CENTS, show

_LONGEST: Final = 500
_PRINTABLE: Final = re.compile(PRINTABLE)
_AMOUNT: Final = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]{2})?")
"""Digits, dots only where thousands begin, and a comma only for two digits of cents."""
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(slots=True, kw_only=True)
class Form:
    """The fields of a form as somebody filled them in, and what is wrong with them so far."""

    fields: FormMultiDict
    later: tuple[str, ...] = ()
    """How fields begin that its confirmation may still fill in; they make no other form of it."""
    errors: dict[str, str] = field(default_factory=dict)
    """By the name of the field: one Dutch sentence."""

    @classmethod
    def of(cls, **values: str) -> "Form":
        """Make a form that only chooses what to show, of what stands in the address."""
        return cls(fields=FormMultiDict(values))

    async def content(self) -> str:
        """Give what was asked, in one form, so that a repetition is recognised.

        In a thread, because a file that a form carries makes it megabytes long.
        """
        return await asyncio.to_thread(self._digest)

    def value(self, name: str) -> str:
        """Give a field as somebody filled it in, to show it again."""
        return str(self.fields.get(name, ""))

    def values_of(self, name: str) -> list[str]:
        """Give every value of a field that may be chosen more than once."""
        return [str(each) for each in self.fields.getall(name, [])]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what a confirmation sends again: all but the token and the button."""
        return [
            (name, str(value))
            for name, value in self.fields.multi_items()
            if name not in {FORM_TOKEN, "stap"}
        ]

    def text(self, name: str, *, required: bool = True, most: int = _LONGEST) -> str:
        """Read a line of text, of so many characters at most."""
        value = str(self.fields.get(name, "")).strip()
        if required and not value:
            self.errors[name] = gettext("Vul dit in.")
        if value and not _PRINTABLE.search(value):
            self.errors[name] = gettext(
                "Hier staat een teken dat niet te lezen is; typ het opnieuw."
            )
            return ""
        if len(value) > most:
            self.errors[name] = gettext("Houd het onder %(most)s tekens.", most=most)
        return value

    def key(self) -> str:
        """Read the key under which the form is carried out once."""
        value = self.text("sleutel")
        return value if _KEY.fullmatch(value) else ""

    def cents(self, name: str) -> int:
        """Read a Dutch amount above zero, such as ``1.250,00`` or ``12``, into whole cents."""
        cents = self.change_cents(name)
        if cents < 0:
            self.errors[name] = gettext("Geef een bedrag boven nul, in hele centen.")
        return cents

    def maybe_cents(self, name: str) -> int | None:
        """Read an amount above zero, or ``None`` where nothing was filled in."""
        return self.cents(name) if self.value(name).strip() else None

    def change_cents(self, name: str) -> int:
        """Read a Dutch amount above or below zero, such as ``-1.250,00``."""
        value = self.text(name)
        if not value or name in self.errors:
            return 0
        value = value.replace("€", "").strip()
        if not _AMOUNT.fullmatch(value):
            self.errors[name] = gettext(
                "Schrijf het bedrag met een komma voor de centen, zoals 1.250,00."
            )
            return 0
        euros, _, cents = value.replace(".", "").partition(",")
        found = int(euros + (cents or "00"))
        if not found:
            self.errors[name] = gettext("Geef een bedrag boven nul, in hele centen.")
        elif abs(found) > MAX_CENTS:
            self.errors[name] = gettext(
                "Geef een bedrag van ten hoogste %(most)s.", most=show(MAX_CENTS)
            )
            return 0
        return found

    def number(self, name: str, *, least: int, most: int) -> int:
        """Read a whole number, such as a year."""
        value = self.text(name)
        found = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1  # noqa: PLR2004 - a longer one is never meant.
        if not least <= found <= most:
            told = gettext(
                "Geef een getal van %(least)s tot en met %(most)s.", least=least, most=most
            )
            self.errors.setdefault(name, told)
            return least
        return found

    def maybe_day(self, name: str) -> date | None:
        """Read a day, or ``None`` where nothing was filled in."""
        return self.day(name) if self.value(name).strip() else None

    def days(self, first: str, last: str) -> tuple[date, date]:
        """Read days up to and including the last; gives the first, and the day after the last."""
        begin, end = self.day(first), self.day(last)
        if not {first, last} & self.errors.keys() and end < begin:
            self.errors[last] = gettext("De laatste dag ligt vóór de eerste.")
        return begin, end + timedelta(days=1)

    def day(self, name: str) -> date:
        """Read a day, as the browser's own date field sends it or as people write it."""
        value = self.text(name)
        dutch = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})", value)
        try:
            found = (
                date(int(dutch[3]), int(dutch[2]), int(dutch[1]))
                if dutch
                else date.fromisoformat(value)
            )
        except ValueError:
            self.errors.setdefault(name, gettext("Geef een dag, zoals 15-05-2026."))
            return LAST_DAY
        if not FIRST_DAY <= found <= LAST_DAY:
            self.errors[name] = gettext(
                "Geef een dag van %(first)s tot en met %(last)s.",
                first=FIRST_DAY.year,
                last=LAST_DAY.year,
            )
            return LAST_DAY
        return found

    def ids(self, name: str) -> Sequence[UUID]:
        """Read which boxes were ticked; at least one."""
        try:
            found = [UUID(str(each)) for each in self.fields.getall(name, [])]
        except ValueError:
            found = []
        if not found:
            self.errors[name] = gettext("Kies er ten minste één.")
        return found

    def chosen(self, name: str, options: Sequence[str]) -> str:
        """Read one of the options; the first stands in for what is none of them."""
        value = str(self.fields.get(name, ""))
        if value not in options:
            self.errors[name] = gettext("Kies een van de mogelijkheden.")
            return options[0]
        return value

    def check(self) -> None:
        """Refuse a form that only a tampered page can send.

        :raises InvalidInput: something in it is wrong.
        """
        if self.errors:
            raise InvalidInput(
                fields=tuple(
                    InvalidField(naam=name, bron="body", code="vorm", reden=sentence)
                    for name, sentence in self.errors.items()
                )
            )

    def ticked(self, name: str) -> bool:
        """Read a single box."""
        return name in self.fields

    def _digest(self) -> str:
        asked = sorted(each for each in self.kept if not each[0].startswith(self.later))
        return hashlib.sha256(repr(asked).encode()).hexdigest()


async def form_of(request: Visit, *, later: tuple[str, ...] = ()) -> Form:
    """Read the form that a request carries; ``later``: what its confirmation may still fill in."""
    return Form(fields=await request.form(), later=later)


def new_form(request: Visit, **values: object) -> Form:
    """Open a form, with a key under which it can be carried out once, and what it begins with."""
    key = str(services_of(request).clock.new_random_id())
    return Form(fields=FormMultiDict({"sleutel": key, **values}))
