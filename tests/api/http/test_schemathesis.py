"""Invented requests to every address of the description: no answer is a fault of ours.

What the description says of an answer, its status and its kind, must hold too.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException
from schemathesis import GenerationMode

from api.http.wire import END, PRINTABLE
from tests.api.http.conftest import Person
from tests.api.http.town import make_money

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.filterwarnings("default"),  # What the library does with itself is its own.
]

_QUICK: Final = 1_000
_LONG: Final = 20_000
_BOTH: Final = 50
_MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


async def ask(who: Person, gemeente: str, document: dict[str, Any], *, number: int) -> Counter[int]:
    """Send invented requests, divided over all operations; give how many had which status."""
    await make_money(who, gemeente)
    schema: Any = schemathesis.openapi.from_dict(cheap(document))
    operations = [each.ok() for each in schema.get_all_operations()]
    statuses: Counter[int] = Counter()
    each_gets = -(-number // len(operations))
    for place, operation in enumerate(operations):
        described = operation.definition.raw["responses"]
        # Few requests are right for one address and wrong for the next; many are both for each.
        modes = _MODES if each_gets >= _BOTH else (_MODES[place % 2],)
        for case in cases(operation, each_gets, modes):
            answer = await send(who, case)
            statuses[answer.status_code] += 1
            status, told = str(answer.status_code), answer.text[:500]
            where = f"{case.method} {answer.url} {status} {case.body!r:.1000} {told}"
            assert answer.status_code < 500, where
            assert status in described, where
            kind = answer.headers["content-type"].partition(";")[0]
            assert kind in described[status]["content"], where
            assert "api-version" in answer.headers, where
    return statuses


def cases(operation: Any, number: int, modes: Sequence[GenerationMode]) -> Iterator[Any]:
    """Invent requests: right by the description, wrong, or as many of both."""
    found: list[Any] = []

    def keep(case: Any) -> None:
        found.append(case)

    for mode in modes:
        wanted = settings(
            max_examples=-(-number // len(modes)),
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            strategy: Any = operation.as_strategy(generation_mode=mode)
            invented: Any = given(strategy)
            invent: Any = wanted(invented(keep))
            invent()
        except HypothesisException:
            continue  # Nothing about this one can be wrong.
    yield from found


def cheap(node: Any) -> Any:
    """Leave out what costs much to invent: tags that never fit, and signs that are no text."""
    if isinstance(node, list):
        return [cheap(each) for each in node if not (isinstance(each, dict) and _is_tag(each))]
    if not isinstance(node, dict):
        return node
    found = {key: cheap(value) for key, value in node.items()}
    if isinstance(found.get("pattern"), str):
        plain = found["pattern"].replace(PRINTABLE, "^[ -~]*$").removesuffix(END)
        found["pattern"] = plain if plain.endswith("$") else f"{plain}$"
    return found


def _is_tag(parameter: dict[str, Any]) -> bool:
    return parameter.get("name") in {"If-Match", "If-None-Match"}


async def send(who: Person, case: Any) -> httpx.Response:
    """Send a request as it was invented, with a token that may do much."""
    made = requests.Request(**case.as_transport_kwargs(base_url="http://ontschot/v1")).prepare()
    headers: dict[Any, Any] = dict(made.headers)
    headers["Authorization"] = f"Bearer {who.token}"
    content: Any = made.body
    return await who.client.request(
        str(made.method), str(made.url), headers=headers, content=content
    )


async def test_a_thousand_invented_requests_find_no_fault(
    person: Callable[..., Person], gemeente: str, document: dict[str, Any]
) -> None:
    everybody = person("beheerder", "budgethouder", "controller")
    statuses = await ask(everybody, gemeente, document, number=_QUICK)
    assert statuses.total() >= _QUICK * 0.9  # Some addresses cannot be asked wrongly.
    assert statuses[400] > 0


@pytest.mark.bewijs
@pytest.mark.parametrize("role", ["beheerder", "teamleider"])
async def test_twenty_thousand_invented_requests_find_no_fault(
    person: Callable[..., Person], gemeente: str, document: dict[str, Any], role: str
) -> None:
    finance = person("financieel")
    who = person(role, "budgethouder", "controller", "financieel")
    assert finance.token != who.token
    assert (await ask(who, gemeente, document, number=_LONG // 2)).total() >= _LONG // 2
