"""A flow picture (Sankey): from who created a benefit to who received it.

Only geometry, in whole tenths of the picture's own unit; the template draws it and a table beside
it says the same in figures.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 760
_BAR: Final = 12
_LEFT: Final = 215
"""Where the left bars begin; before that stand their names."""
_RIGHT: Final = WIDTH - _LEFT - _BAR
_INK: Final = 260
"""How high all flows are together."""
_LINE: Final = 16
_LETTERS: Final = 27
"""So many letters fit beside a bar."""
_COLOURS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A ribbon from a bar on the left to one on the right."""

    payer: str
    receiver: str
    cents: int
    path: str
    colour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its name in lines, and where each line stands."""

    x: int
    y: float
    height: float
    label_x: int
    anchor: str
    lines: tuple[tuple[float, str], ...]
    colour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sankey:
    """A picture: ``width`` by ``height``, ribbons under bars."""

    width: int
    height: int
    bar: int
    flows: tuple[Flow, ...]
    bars: tuple[Bar, ...]


def sankey_of(
    amounts: Mapping[tuple[str, str], int],
    *,
    name: Callable[[str], str],
    shown: Callable[[int], str],
) -> Sankey | None:
    """Draw amounts above zero per payer and receiver, the largest on top; ``None``: none is.

    ``name`` and ``shown`` say how a domain and an amount are written.
    """
    flows = {place: cents for place, cents in amounts.items() if cents > 0}
    if not flows:
        return None
    scale = _INK / sum(flows.values())
    payers = _sums([(payer, cents) for (payer, _), cents in flows.items()])
    receivers = _sums([(receiver, cents) for (_, receiver), cents in flows.items()])
    colour = {payer: number % _COLOURS for number, payer in enumerate(payers)}
    left = _places(payers, scale, name=name)
    right = _places(receivers, scale, name=name)
    leaves = {payer: left[payer] for payer in payers}
    arrives = {receiver: right[receiver] for receiver in receivers}
    ribbons = []
    order = [(payer, receiver) for payer in payers for receiver in receivers]
    for payer, receiver in order:
        cents = flows.get((payer, receiver), 0)
        if not cents:
            continue
        thick = cents * scale
        ribbons.append(
            Flow(
                payer=name(payer),
                receiver=name(receiver),
                cents=cents,
                path=_ribbon(leaves[payer], arrives[receiver], thick),
                colour=colour[payer],
            )
        )
        leaves[payer] += thick
        arrives[receiver] += thick
    bars = [
        _bar(at, cents * scale, [*_wrapped(name(each)), shown(cents)], is_left=True, colour=hue)
        for (each, cents), at, hue in zip(
            payers.items(), left.values(), colour.values(), strict=True
        )
    ] + [
        _bar(at, cents * scale, [*_wrapped(name(each)), shown(cents)], is_left=False, colour=-1)
        for (each, cents), at in zip(receivers.items(), right.values(), strict=True)
    ]
    bottom = max(each.y + max(each.height, len(each.lines) * _LINE) for each in bars)
    return Sankey(
        width=WIDTH, height=round(bottom) + 8, bar=_BAR, flows=tuple(ribbons), bars=tuple(bars)
    )


def _sums(parts: Sequence[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, cents in parts:
        found[name] = found.get(name, 0) + cents
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _places(
    sums: Mapping[str, int], scale: float, *, name: Callable[[str], str]
) -> dict[str, float]:
    """Give where each bar begins; each has room for its name."""
    found, at = {}, 8.0
    for each, cents in sums.items():
        found[each] = at
        at += max(cents * scale, (len(_wrapped(name(each))) + 1) * _LINE) + 10
    return found


def _wrapped(name: str) -> list[str]:
    return textwrap.wrap(name, _LETTERS)


def _bar(at: float, height: float, lines: Sequence[str], *, is_left: bool, colour: int) -> Bar:
    return Bar(
        x=_LEFT if is_left else _RIGHT,
        y=round(at, 1),
        height=round(max(height, 1.0), 1),
        label_x=_LEFT - 8 if is_left else _RIGHT + _BAR + 8,
        anchor="end" if is_left else "start",
        lines=tuple(
            (round(at + 12 + number * _LINE, 1), line) for number, line in enumerate(lines)
        ),
        colour=colour,
    )


def _ribbon(start: float, end: float, thick: float) -> str:
    """Draw a ribbon by two curves that leave and arrive level."""
    first, last = _LEFT + _BAR, _RIGHT
    middle = (first + last) // 2
    one, other = round(start, 1), round(end, 1)
    under, below = round(start + thick, 1), round(end + thick, 1)
    return (
        f"M{first} {one}C{middle} {one} {middle} {other} {last} {other}"
        f"V{below}C{middle} {below} {middle} {under} {first} {under}Z"
    )
