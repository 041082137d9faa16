"""A budget and its use as a finance officer writes them: one line per fund and taakveld."""

from domains.council.model import Authorised, CouncilItem, Position, Used
from domains.council.rules import positions_of
from domains.settings.model import AuthorisationLevel, ProgrammePart, Settings

YEAR = 2026


def authorised_of(table: str) -> list[Authorised]:
    """Read ``fund programme taakveld euros`` per line."""
    return [
        Authorised(
            fund=f"{source}-{YEAR}",
            programme=programme,
            taakveld=taakveld,
            amount_cents=int(euros) * 100,
        )
        for source, programme, taakveld, euros in map(str.split, table.strip().splitlines())
    ]


def used_of(table: str) -> list[Used]:
    """Read ``fund taakveld euros`` per line."""
    return [
        Used(fund=f"{source}-{YEAR}", taakveld=taakveld, amount_cents=int(euros) * 100)
        for source, taakveld, euros in map(str.split, table.strip().splitlines())
    ]


def positions(authorised: str, used: str) -> tuple[Position, ...]:
    """Put use beside authorisation."""
    return positions_of(authorised_of(authorised), used_of(used))


def settings_for(level: str, **parts: str) -> Settings:
    """Authorise on a level, with programme parts as ``name="taakveld taakveld"``."""
    return Settings(
        authorisation_level=AuthorisationLevel(level),
        programme_parts=tuple(
            ProgrammePart(name=name, taakvelden=tuple(codes.split()))
            for name, codes in parts.items()
        ),
    )


def written(item: CouncilItem) -> str:
    """Write an item: cause, fund, programme, taakveld, euros."""
    euros, cents = divmod(item.amount_cents, 100)
    amount = f"{euros},{cents:02}" if cents else str(euros)
    return f"{item.cause} {item.fund} {item.programme} {item.taakveld} {amount}"
