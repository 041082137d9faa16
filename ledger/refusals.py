"""How the books say no: one class per reason, each with its facts and a sentence for people."""

from dataclasses import fields
from typing import ClassVar


class Refusal(Exception):
    """The base of every expected no.

    A subclass is a dataclass (``kw_only=True, unsafe_hash=True``: not frozen, because Python
    writes the traceback on a raised exception) whose fields are its facts; its docstring is its
    title, ``code`` is the stable Dutch name on the wire, and :meth:`message` says what happened,
    where, and what to do about it.
    """

    code: ClassVar[str] = "geweigerd"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        raise NotImplementedError

    def facts(self) -> dict[str, str | int | None]:
        """Return the facts of this case by their English field name."""
        found: dict[str, str | int | None] = {}
        for field in fields(self):  # type: ignore[arg-type]  # Every subclass is a dataclass.
            value = getattr(self, field.name)
            found[field.name] = value if value is None or isinstance(value, int) else str(value)
        return found

    def __str__(self) -> str:
        """Return the sentence, so that a log line and a traceback read well too."""
        return f"{self.code}: {self.message()}"


class BooksCorruptError(Exception):
    """The sums or the hash chain do not add up; posting stops and a person must look."""
