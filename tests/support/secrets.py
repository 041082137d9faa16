"""What no log may ever hold: numbers and names of people, and what opens a door."""

import re
from typing import Final

from api.logging import is_bsn
from api.web.development import PERSONAS

_DOORS: Final = re.compile(
    r"eyJ[\w-]+\.[\w-]+\."  # A token.
    r"|GM\d{4}\.[A-Za-z0-9_-]{43}"  # The cookie of a session.
    r"|PRIVATE KEY|client_assertion=|code_verifier=|Bearer "
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}[A-Z]{4}\d{10}\b")
_NINE_DIGITS: Final = re.compile(r"(?<![\d.])\d{9}(?!\d)")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES: Final = re.compile("|".join(re.escape(each.name) for each in PERSONAS))


def secrets_in(text: str) -> list[str]:
    """Find what should not stand in a log."""
    numbers = [each for each in _NINE_DIGITS.findall(_ID.sub("", text)) if is_bsn(each)]
    found = (pattern.findall(text) for pattern in (_DOORS, _IBAN, _NAMES))
    return [*numbers, *(each for some in found for each in some)]
