"""Writing down what providers tell and ask, and replying to what they ask.

A start or a stop changes no money: it is a fact on the draw, beside which somebody decides. A
request waits until somebody gives an allocation or says no. An allocation that the care
administration gave out itself (301) waits until it is booked
(:mod:`domains.allocations.incoming`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.allocations.operations import numbering
from domains.allocations.queries import allocations
from domains.declarations.operations import content_mark, insert_message, same_content
from domains.declarations.queries import messages
from domains.declarations.refusals import NothingToAnswer, OtherGemeente, UnknownMessage
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.messages import model
from domains.messages.refusals import OtherKindOfMessage
from domains.messages.standard import Kind, MessageType
from domains.notices.model import NoticeKind, ReplyAnswer
from domains.notices.queries import notices
from domains.persons.operations import shelter_strangers
from domains.persons.queries import pseudonyms
from domains.persons.vault import Vault
from ledger.reading import rows
from ledger.refusals import Refusal

_FIELDS: Final = """
    notice_id uuid, message_id uuid, kind text, person_id uuid, allocation integer, draw_id uuid,
    provider_reference text, from_date date, until_date date, reason text, delivery_status text,
    wanted jsonb, recorded_at timestamptz
"""

Told: TypeAlias = model.Allocation | model.Start | model.Stop | model.Request | model.ChangeRequest
"""Messages about one person in which something is told or asked."""

_UNANSWERED: Final = """
    SELECT 1 FROM domains.provider_notice AS notice
    JOIN domains.message AS message USING (gemeente, message_id)
    WHERE gemeente = %s AND message_id = %s
      AND NOT EXISTS (
          SELECT 1 FROM domains.notice_reply AS reply
          WHERE reply.gemeente = notice.gemeente AND reply.message_id = notice.message_id
            AND reply.answer = '1')
      AND NOT EXISTS (
          SELECT 1 FROM domains.allocation AS given
          WHERE given.gemeente = notice.gemeente AND given.message_law = message.message_law
            AND given.provider = message.provider AND given.allocation_id > notice.notice_id
            AND notice.provider_reference <> ''
            AND given.provider_reference = notice.provider_reference)
    LIMIT 1
"""


@dataclass(kw_only=True, unsafe_hash=True)
class ReplyWithoutReason(Refusal):
    """A request is refused and the standard has no reason for it, or one is given for a not yet."""

    code: ClassVar[str] = "antwoord-zonder-reden"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Geef bij een afwijzing een reden van de standaard (1 tot en met 9, zonder 2: dat er"
            " geen geld is, is geen reden om hulp te weigeren), en bij 'in onderzoek' geen reden."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class RequestAnswered(Refusal):
    """A reply is given to a request that was refused or granted already."""

    code: ClassVar[str] = "verzoek-al-beantwoord"

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            "Dit verzoek is al beantwoord: met een afwijzing, of met een toewijzing. Bekijk het"
            " bericht en de toewijzingen; wijzig zo nodig de toewijzing."
        )


def addressed(message: model.Message, *, gemeente: str) -> tuple[Told, str]:
    """Give a message that is for us, and the provider whom it is from, or of a 301 to.

    :raises domains.declarations.refusals.OtherGemeente: it is for another municipality.
    :raises domains.messages.refusals.OtherKindOfMessage: nothing is told or asked in it.
    """
    header = message.header
    if isinstance(message, model.Reply):
        raise OtherKindOfMessage(
            file_name=header.identification,
            found=header.message.name,
            wanted="een toewijzing (301), start, stop of verzoek (305, 307, 315, 317)",
        )
    ours, provider = header.receiver, header.sender
    if isinstance(message, model.Allocation):
        ours, provider = provider, ours
    if f"GM{ours}" != gemeente:
        raise OtherGemeente(found=f"GM{ours}", gemeente=gemeente)
    return message, provider


async def take_in(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Vault,
    sha256: str,
    message: model.Message,
) -> tuple[UUID, ...]:
    """Write down a message about one person; gives the message and its notices.

    The very same file is the message that it was before, also when the master key was rotated
    since.

    :raises domains.declarations.refusals.OtherGemeente: it is for another municipality.
    :raises domains.messages.refusals.OtherKindOfMessage: nothing is told or asked in it.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente, header = instruction.gemeente, message.header
    own, provider = addressed(message, gemeente=gemeente)
    await take_turns(connection, of=[f"berichten {gemeente} {provider}"])
    earlier = await same_content(
        connection, gemeente=gemeente, vault=vault, provider=provider, sha256=sha256
    )
    if earlier is not None:
        await record(connection, instruction=instruction, results=[earlier])
        return (earlier,)
    bsn = own.person.bsn
    known = await pseudonyms(connection, gemeente=gemeente, vault=vault, bsns=[bsn])
    if not known:
        known = await shelter_strangers(
            connection, instruction=instruction, vault=vault, bsns=[bsn]
        )
    told = list(_notices(own))
    numbers = {each["allocation"] for each in told if each["allocation"] is not None}
    draws = {
        each.number: each.draw
        for each in await allocations(
            connection, gemeente=gemeente, law=header.message.law, numbers=numbers
        )
        if each.provider == provider
    }
    message_id = instruction.new_id()
    await insert_message(
        connection,
        instruction,
        {
            "message_id": message_id,
            "message_law": header.message.law,
            "kind": header.message.kind,
            "provider": provider,
            "identification": header.identification,
            "dated": header.dated,
            "basic_version": "",
            "version": "",
            "declaration": "",
            "from_date": None,
            "until_date": None,
            "declared_on": None,
            "content_mark": content_mark(vault, sha256),
            "line_count": len(told),
            "total_cents": 0,
            "return_codes": [],
        },
    )
    kept = [
        each
        | {
            "notice_id": instruction.new_id(),
            "message_id": message_id,
            "person_id": known[bsn],
            "draw_id": draws.get(each["allocation"]),
            "recorded_at": instruction.at,
        }
        for each in told
    ]
    await connection.exec_driver_sql(
        "INSERT INTO domains.provider_notice SELECT %s, given.*"
        f" FROM jsonb_to_recordset(%s::jsonb) AS given ({_FIELDS})",
        (gemeente, msgspec.json.encode(kept).decode()),
    )
    results = (message_id, *(each["notice_id"] for each in kept))
    await record(connection, instruction=instruction, results=results)
    return results


async def reply_to_request(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    message: UUID,
    answer: ReplyAnswer,
    reason: str,
) -> tuple[UUID, ...]:
    """Say no to a request, with a reason of the standard, or not yet; gives the reply.

    That it does not fit the budget (reason 2) is never a reason: help is not refused for money.

    :raises domains.declarations.refusals.UnknownMessage: there is no such message.
    :raises domains.declarations.refusals.NothingToAnswer: it asked for nothing.
    :raises ReplyWithoutReason: a no without a reason that counts.
    :raises RequestAnswered: it was refused before, or all that it asks was allocated.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    # The turn of whoever allocates: a request is refused or granted, and once.
    await take_turns(connection, of=[numbering(gemeente)])
    found = await messages(connection, gemeente=gemeente, ids=[message])
    if not found:
        raise UnknownMessage
    if found[0].kind not in {Kind.REQUEST, Kind.CHANGE_REQUEST}:
        raise NothingToAnswer(kind=f"{found[0].law.upper()}{found[0].kind}")
    counts = reason in set("13456789") if answer is ReplyAnswer.REFUSED else reason == ""
    if not counts:
        raise ReplyWithoutReason
    if not await rows(connection, _UNANSWERED, (gemeente, message)):
        raise RequestAnswered
    reply = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.notice_reply (gemeente, reply_id, message_id, answer, reason,"
        " replied_on, recorded_at, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            gemeente,
            reply,
            message,
            answer,
            reason,
            instruction.today,
            instruction.at,
            instruction.actor.subject,
        ),
    )
    await record(connection, instruction=instruction, results=[reply])
    return (reply,)


async def latest_reply(
    connection: AsyncConnection, *, gemeente: str, message: UUID
) -> model.Reply | None:
    """Put the latest reply to a request into a 319; ``None``: nobody replied."""
    found = await rows(
        connection,
        "SELECT reply_id FROM domains.notice_reply WHERE gemeente = %s AND message_id = %s"
        " ORDER BY reply_id DESC LIMIT 1",
        (gemeente, message),
    )
    if not found:
        return None
    return await reply_message(
        connection, gemeente=gemeente, message=message, reply=found[0].reply_id
    )


async def reply_message(
    connection: AsyncConnection, *, gemeente: str, message: UUID, reply: UUID
) -> model.Reply:
    """Put a reply into a 319."""
    (told,) = await rows(
        connection,
        "SELECT answer, reason, replied_on FROM domains.notice_reply"
        " WHERE gemeente = %s AND reply_id = %s",
        (gemeente, reply),
    )
    (first, *_) = await notices(connection, gemeente=gemeente, message=message)
    return model.Reply(
        header=model.Header(
            message=MessageType(law=first.law, kind=Kind.REPLY),
            sender=gemeente.removeprefix("GM"),
            receiver=first.provider,
            identification=reply.hex[-12:],
            dated=told.replied_on,
        ),
        reference=first.provider_reference,
        answer=told.answer,
        reason=told.reason,
    )


def _notices(message: Told) -> Iterator[dict[str, Any]]:
    """Give what is kept of each product of a message."""
    match message:
        case model.Allocation(products=given):
            for product in given:
                yield _wanted(
                    NoticeKind.ALLOCATION,
                    product,
                    reference=product.provider_reference,
                    reason=product.change_reason,
                )
        case model.Start(products=products):
            for start in products:
                yield _notice(
                    NoticeKind.START,
                    allocation=start.number,
                    from_date=start.from_date,
                    delivery_status=start.status,
                )
        case model.Stop(products=ended):
            for stop in ended:
                yield _notice(
                    NoticeKind.STOP,
                    allocation=stop.number,
                    from_date=stop.from_date,
                    until_date=stop.last_date + timedelta(days=1),
                    reason=stop.reason,
                    delivery_status=stop.status,
                )
        case model.Request(products=wanted):
            for each in wanted:
                yield _wanted(NoticeKind.REQUEST, each, reference=each.provider_reference)
        case model.ChangeRequest(reference=reference, reason=reason):
            for each in (*message.changed, *message.new):
                yield _wanted(NoticeKind.CHANGE_REQUEST, each, reference=reference, reason=reason)
            for number in message.unchanged:
                yield _notice(
                    NoticeKind.CHANGE_REQUEST,
                    allocation=number,
                    from_date=message.header.dated,
                    provider_reference=reference,
                    reason=reason,
                    delivery_status="9",
                )


def _wanted(
    kind: NoticeKind,
    wanted: model.WantedProduct | model.AllocatedProduct,
    *,
    reference: str,
    reason: str = "",
) -> dict[str, Any]:
    return _notice(
        kind,
        allocation=wanted.number,
        from_date=wanted.from_date,
        until_date=wanted.last_date + timedelta(days=1) if wanted.last_date else None,
        provider_reference=reference,
        reason=reason,
        wanted=msgspec.to_builtins(wanted),
    )


def _notice(kind: NoticeKind, **told: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "allocation": None,
        "until_date": None,
        "provider_reference": "",
        "reason": "",
        "delivery_status": "",
        "wanted": {},
    } | told
