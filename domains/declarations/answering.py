"""Answering a declaration (325): what was granted in all, and every line that was not, with why."""

from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.declarations.model import ReceivedMessage
from domains.declarations.queries import messages, refused_lines
from domains.declarations.refusals import NotAnsweredYet, NothingToAnswer, UnknownMessage
from domains.messages import writing
from domains.messages.model import AnsweredLine, AnswerHead, DeclarationHead, Header
from domains.messages.standard import Kind, MessageType
from domains.persons.queries import persons
from domains.persons.vault import Vault

_AT_ONCE: Final = 1_000


async def write_answer(
    connection: AsyncConnection,
    *,
    gemeente: str,
    vault: Vault,
    message: UUID,
    file: BinaryIO,
) -> None:
    """Write the 325 of a declaration; asked again it is the same to the letter.

    :raises UnknownMessage: there is no such message.
    :raises NothingToAnswer: it is no declaration.
    :raises NotAnsweredYet: lines are still to be done.
    """
    found = await messages(connection, gemeente=gemeente, ids=[message])
    if not found:
        raise UnknownMessage
    (received,) = found
    if received.kind is not Kind.DECLARATION:
        raise NothingToAnswer(kind=f"{received.law.upper()}{received.kind}")
    if not received.is_answered:
        raise NotAnsweredYet(
            message_id=message,
            done=received.done,
            count=received.lines,
            waiting=received.waiting,
        )
    after = 0
    with writing.answer(file, _head(received, gemeente)) as write:
        while True:
            refused = await refused_lines(
                connection, gemeente=gemeente, message=message, after=after, limit=_AT_ONCE
            )
            known = await persons(
                connection,
                gemeente=gemeente,
                vault=vault,
                ids=sorted({each.person for each in refused}),
            )
            write(
                AnsweredLine(line=replace(each.line, bsn=known[each.person].bsn), codes=each.codes)
                for each in refused
                if each.person in known
            )
            if len(refused) < _AT_ONCE:
                return
            after = refused[-1].line.place


def _head(received: ReceivedMessage, gemeente: str) -> AnswerHead:
    codes = received.codes or ((writing.ACCEPTED,) if received.refused else (writing.ALL_GRANTED,))
    if received.from_date is None or received.until_date is None or received.declared_on is None:
        raise AssertionError
    return AnswerHead(
        law=received.law,
        gemeente=gemeente.removeprefix("GM"),
        provider=received.provider,
        # Not made anew: the same question has the same answer.
        identification=received.id.hex[-12:],
        dated=received.received_on,
        declaration=DeclarationHead(
            header=Header(
                message=MessageType(law=received.law, kind=received.kind),
                sender=received.provider,
                receiver=gemeente.removeprefix("GM"),
                identification=received.identification,
                dated=received.dated,
            ),
            basic_version=received.basic_version,
            version=received.version,
            number=received.declaration,
            from_date=received.from_date,
            last_date=received.until_date - timedelta(days=1),
            dated=received.declared_on,
            total_cents=received.total_cents,
        ),
        granted_cents=received.granted_cents,
        codes=codes,
    )
