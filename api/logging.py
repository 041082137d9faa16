"""Logging as facts: one line per event, JSON for a collector, and nothing about a person.

No path, query, body or header of a request is ever logged, only its route. What slips through
all the same is masked here.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

from api.settings import LogFormat

MASK: Final = "***"

_SECRET: Final = re.compile(r"(?i)bsn|naam|name|iban|token|wachtwoord|password|authorization")
_NOT_SECRET: Final = frozenset({"logger", "logger_name", "trace_id"})
_NINE_DIGITS: Final = re.compile(r"(?<!\d)\d{9}(?!\d)")
_LEAST_BSN: Final = 10_000_000
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}[A-Z]{4}\d{10}\b")
_TOKEN: Final = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_QUIET: Final = ("httpx", "httpcore", "sqlalchemy", "psycopg", "psycopg.pool", "asyncio", "alembic")


def configure_logging(log_format: LogFormat) -> None:
    """Send every log line of this process, also those of libraries, to standard error.

    JSON when asked for, or when standard error is no terminal.
    """
    as_json = log_format == "json" or not sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_persons,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], _without_exception, without_persons],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        known = logging.getLogger(name)
        known.handlers.clear()
        known.propagate = name != "uvicorn.access"  # Its lines hold the path and the query.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def without_persons(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask what may name a person or open a door (a processor of structlog)."""
    for name, value in event.items():
        if name in _NOT_SECRET or name.startswith("_"):
            continue
        event[name] = MASK if _SECRET.search(name) else _masked(value)
    return event


def frames_of(error: BaseException) -> list[str]:
    """Say where an error came from, without its message: that may quote what was asked."""
    return [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _masked(value: Any) -> Any:
    """Mask numbers of citizens, bank accounts and tokens, however deep they stand."""
    if isinstance(value, str):
        hidden = _NINE_DIGITS.sub(lambda found: MASK if is_bsn(found[0]) else found[0], value)
        return _TOKEN.sub(MASK, _IBAN.sub(MASK, hidden))
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return MASK if value >= _LEAST_BSN and is_bsn(f"{value:09d}") else value
    if isinstance(value, dict):
        return {
            key: MASK if _SECRET.search(str(key)) else _masked(each) for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def is_bsn(digits: str) -> bool:
    """Return whether nine digits pass the test of eleven that every BSN passes."""
    if not re.fullmatch(r"\d{9}", digits) or digits == "0" * 9:
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def _without_exception(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the traceback that a library logs by its kind and its place."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        event["soort"] = type(error).__name__
        event["plaats"] = frames_of(error)
        record.exc_info = None
        record.exc_text = None
    event.pop("exc_info", None)
    return event
