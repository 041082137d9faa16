"""How people name accounts: the code, the fund, and what tells accounts of one fund apart."""

from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import unquote
from uuid import UUID

from ledger.accounts import Account, Book, dimensions
from ledger.refusals import Refusal

_BOOKS: Final = {"0": Book.BUDGET, "7": Book.WAARNEMING, "9": Book.DOMEINBATEN}
"""The book of an account code by its first digit; all other codes are of LASTEN."""


@dataclass(kw_only=True, unsafe_hash=True)
class UnreadableAccount(Refusal):
    """An account is named in no way that we know."""

    code: ClassVar[str] = "rekening-onleesbaar"
    account: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"'{self.account}' is geen rekening. Schrijf haar nummer (uuid), of code/middel met de"
            " kenmerken erachter, zoals 0120/JW-2025/wijk=WK034400."
        )


def path_of(account: Account) -> str:
    """Write an account as people may type it."""
    marks = [f"{name}={_escaped(value)}" for name, value in account.dimensions]
    return "/".join([account.code, account.colour, *marks])


def account_id(text: str, *, gemeente: str) -> UUID:
    """Find the id of an account that a person named by id or by path.

    The id follows from the path, so the books tell whether there is such an account.

    :raises UnreadableAccount: it is neither.
    """
    try:
        return UUID(text)
    except ValueError:
        pass
    code, *rest = text.strip().split("/")
    marks = [mark.partition("=") for mark in rest[1:]]
    if not rest or not code or any(not name or not value for name, _, value in marks):
        raise UnreadableAccount(account=text[:80])
    return Account(
        gemeente=gemeente,
        book=_BOOKS.get(code[0], Book.LASTEN),
        code=code,
        colour=rest[0],
        dimensions=dimensions(**{name: unquote(value) for name, _, value in marks}),
    ).id


def _escaped(value: str) -> str:
    """Keep a slash in a name, such as that of a programme, from ending the name."""
    return value.replace("%", "%25").replace("/", "%2F")
