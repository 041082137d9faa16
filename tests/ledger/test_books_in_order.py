"""A list of requests is answered as if each had been asked alone, in order.

Each case posts one list in one call, and the same list one by one in another municipality.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.accounts import Account
from ledger.books import KeyReused
from ledger.entries import Booked, Outcome, PostingRequest
from tests.support.making import account, change_period, entry, new_id, post, request

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One municipality: a source without a floor, and a room with € 10,00 that may reach zero."""

    source: Account
    room: Account
    later: Account

    @classmethod
    def of(cls, gemeente: str) -> "Opened":
        """Name the accounts of a municipality; ``later`` is not opened yet."""
        return cls(
            source=account(gemeente, "0100"),
            room=account(gemeente, "0110", floor_cents=0),
            later=account(gemeente, "0120"),
        )


Case = Callable[[Opened], list[PostingRequest]]


def a_refill_rescues_only_what_comes_after_it(at: Opened) -> list[PostingRequest]:
    return [
        request("te veel", (entry((at.room, -1_500), (at.source, 1_500)),)),
        request("aanvullen", (entry((at.room, 500), (at.source, -500)),)),
        request("nu wel", (entry((at.room, -1_500), (at.source, 1_500)),)),
        request("op", (entry((at.room, -1), (at.source, 1)),)),
    ]


def a_refused_group_does_not_hurt_its_neighbours(at: Opened) -> list[PostingRequest]:
    return [
        request(
            "drie groepen",
            (entry((at.room, -400), (at.source, 400)),),
            (entry((at.room, -601), (at.source, 601)),),
            (entry((at.room, -600), (at.source, 600)),),
        )
    ]


def the_same_request_twice_is_booked_once(at: Opened) -> list[PostingRequest]:
    asked = request("tweemaal", (entry((at.room, -700), (at.source, 700)),))
    return [asked, asked]


def a_key_with_other_content_is_refused(at: Opened) -> list[PostingRequest]:
    return [
        request("sleutel", (entry((at.room, -700), (at.source, 700)),)),
        request("sleutel", (entry((at.room, -1), (at.source, 1)),), content="iets anders"),
    ]


def a_request_of_which_nothing_was_booked_may_come_back(at: Opened) -> list[PostingRequest]:
    asked = request("eerst te veel", (entry((at.room, -1_500), (at.source, 1_500)),))
    return [asked, request("aanvullen", (entry((at.room, 500), (at.source, -500)),)), asked]


def the_same_request_with_only_results_is_remembered_once(at: Opened) -> list[PostingRequest]:
    asked = request("besluit", results=(new_id(),))
    return [asked, asked]


def an_entry_may_be_reversed_by_a_later_request(at: Opened) -> list[PostingRequest]:
    first = entry((at.room, -700), (at.source, 700))
    back = entry((at.room, 700), (at.source, -700), reverses=first.id)
    again = entry((at.room, 700), (at.source, -700), reverses=first.id)
    return [
        request("heen", (first,)),
        request("terug", (back,)),
        request("nog eens terug", (again,)),
    ]


def an_entry_asked_twice_can_still_be_reversed(at: Opened) -> list[PostingRequest]:
    first = entry((at.room, -700), (at.source, 700))
    asked = request("heen", (first,))
    back = entry((at.room, 700), (at.source, -700), reverses=first.id)
    return [asked, asked, request("terug", (back,))]


def an_amount_that_is_refused_never_disturbs_the_sums(at: Opened) -> list[PostingRequest]:
    giant = 9 * 10**18
    first = entry((at.room, -700), (at.source, 700))
    return [
        request("reus", (entry((at.room, giant), (at.room, giant), (at.source, -1)),)),
        request("heen", (first,)),
        request("terug", (entry((at.room, 700), (at.source, -700), reverses=first.id),)),
    ]


def many_amounts_that_are_refused_never_disturb_the_sums(at: Opened) -> list[PostingRequest]:
    giant = 9 * 10**18  # So many of them that no bigint holds their sum.
    taken, given = [(at.room, -giant)] * 9_300, [(at.source, giant)] * 9_300
    return [
        request("reuzen", (entry(*taken, *given),)),
        request("heen", (entry((at.room, -700), (at.source, 700)),)),
    ]


CASES: tuple[Case, ...] = (
    a_refill_rescues_only_what_comes_after_it,
    a_refused_group_does_not_hurt_its_neighbours,
    the_same_request_twice_is_booked_once,
    a_key_with_other_content_is_refused,
    a_request_of_which_nothing_was_booked_may_come_back,
    the_same_request_with_only_results_is_remembered_once,
    an_entry_may_be_reversed_by_a_later_request,
    an_entry_asked_twice_can_still_be_reversed,
    an_amount_that_is_refused_never_disturbs_the_sums,
    many_amounts_that_are_refused_never_disturb_the_sums,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_list_is_answered_as_if_asked_one_by_one(
    engine: AsyncEngine, new_gemeente: Callable[[], str], case: Case
) -> None:
    together = await opened(engine, new_gemeente())
    alone = await opened(engine, new_gemeente())

    in_one_call = await post(engine, together.room.gemeente, *case(together))
    one_by_one = [(await post(engine, alone.room.gemeente, asked))[0] for asked in case(alone)]

    assert [verdicts(outcome) for outcome in in_one_call] == [
        verdicts(outcome) for outcome in one_by_one
    ]


async def test_entry_of_a_replayed_request_can_be_reversed_in_the_same_call(
    engine: AsyncEngine, gemeente: str
) -> None:
    at = await opened(engine, gemeente)
    first = entry((at.room, -700), (at.source, 700))
    asked = request("heen", (first,))
    await post(engine, gemeente, asked)
    back = entry((at.room, 700), (at.source, -700), reverses=first.id)

    replayed, reversed_now = await post(engine, gemeente, asked, request("terug", (back,)))

    assert replayed.replayed
    assert reversed_now.groups == (Booked(entries=(back.id,)),)


async def test_account_is_opened_for_the_whole_call(engine: AsyncEngine, gemeente: str) -> None:
    at = await opened(engine, gemeente)
    outcomes = await post(
        engine,
        gemeente,
        request("eerder", (entry((at.later, 100), (at.source, -100)),)),
        request("opent", (entry((at.later, 100), (at.source, -100)),), accounts=(at.later,)),
    )
    assert [verdicts(outcome) for outcome in outcomes] == [["geboekt 1"], ["geboekt 1"]]


async def test_group_without_entries_is_a_mistake_of_the_caller(
    engine: AsyncEngine, gemeente: str
) -> None:
    with pytest.raises(ValueError, match="at least one entry"):
        await post(engine, gemeente, request("lege groep", ()))


async def test_key_reused_by_a_request_without_groups_is_refused(
    engine: AsyncEngine, gemeente: str
) -> None:
    stored = new_id()
    await post(engine, gemeente, request("besluit", results=(stored,)))
    outcome, *_ = await post(
        engine, gemeente, request("besluit", results=(new_id(),), content="iets anders")
    )
    assert outcome == Outcome(chain_number=None, groups=(), refusal=KeyReused())


@pytest.mark.parametrize("size", [1, 2])
async def test_key_that_stands_is_known_from_a_request_without_groups_too(
    engine: AsyncEngine, gemeente: str, size: int
) -> None:
    at = await opened(engine, gemeente)
    group = tuple(entry((at.room, -1), (at.source, 1)) for _ in range(size))
    booked, replayed, reused, twin = await post(
        engine,
        gemeente,
        request("nieuw", group),
        request("vullen"),
        request("vullen", content="iets anders"),
        request("nieuw", content="iets anders"),
    )
    assert booked.groups == (Booked(entries=tuple(each.id for each in group)),)
    assert replayed.replayed
    assert reused == twin == Outcome(chain_number=None, groups=(), refusal=KeyReused())


async def opened(engine: AsyncEngine, gemeente: str) -> Opened:
    """Open a year and the accounts, and put € 10,00 in the room."""
    at = Opened.of(gemeente)
    await change_period(engine, gemeente)
    fill = entry((at.room, 1_000), (at.source, -1_000))
    await post(engine, gemeente, request("vullen", (fill,), accounts=(at.source, at.room)))
    return at


def verdicts(outcome: Outcome) -> list[str]:
    """Tell an outcome without the ids, which differ between municipalities."""
    told = ["herhaald"] if outcome.replayed else []
    for group in outcome.groups:
        if isinstance(group, Booked):
            told.append(f"geboekt {len(group.entries)}")
        else:
            facts = group.refusal.facts()
            told.append(f"{group.refusal.code} {facts.get('balance_cents')}")
    return told
