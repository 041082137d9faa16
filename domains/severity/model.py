"""A measured severity."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """How heavy the problems of a family were on a day: 1 is average, 2 twice as heavy."""

    family: UUID
    measured_on: date
    severity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityFile:
    """A file of measured severities as read."""

    measurements: tuple[Measurement, ...]
    sha256: str
    """Of the file's bytes, in hexadecimal."""
