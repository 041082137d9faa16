"""What may stand behind an entry."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class OriginKind(StrEnum):
    """A kind of source document."""

    DRAW = "aanvraag"
    BUDGET_FILE = "begroting"
    BUDGET_CHANGE = "begrotingswijziging"
    MESSAGE = "bericht"
    PAYER_ITEM = "openstaande-betaler"
    NETTING = "verrekening"
    YEAR_CLOSING = "jaarafsluiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One source document of an entry, by its id."""

    kind: OriginKind
    id: UUID
