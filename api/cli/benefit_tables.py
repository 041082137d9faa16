"""How domain benefits are told on the command line: panels, studies, divisions and the report."""

from collections.abc import Mapping, Sequence
from typing import Final

from api.cli.output import Side, Value, amount, table
from api.effect_studies import Looked
from domains.benefits.attribution import attribute
from domains.benefits.blocks import Block
from domains.benefits.histories import IN_CENTS
from domains.benefits.methods import METHODS
from domains.benefits.panel import admit
from domains.benefits.report.model import Figure, Report
from domains.benefits.studies import Estimated, Study
from domains.benefits.suppression import TOTAL
from ledger.money import show
from ledger.refusals import Refusal

_RIGHT: Final = Side.RIGHT
_LEFT: Final = Side.LEFT
_NOTHING_YET: Final = (
    "Er zijn in deze gemeente of periode geen domeinbaten geboekt. Lees kosten in, leg een"
    " analyseplan vast, en gebruik dan `ontschot domeinbaten schat` en `boek`."
)


def panel_document(looked: Looked) -> Mapping[str, Value]:
    """Give a panel for programs."""
    frozen, panel = looked.frozen, looked.frozen.panel
    admitted = admit(panel, window=looked.plan.asked.window_months)
    return {
        "analyseplan": looked.plan.id,
        "standPer": frozen.chain_number,
        "gegevens": frozen.data_hash.hex(),
        "eersteMaand": frozen.first_month,
        "maanden": panel.present.shape[1],
        "domeinen": list(panel.domains),
        "gezinnen": len(frozen.families),
        "gezinnenMetHulp": sum(bool(each) for each in frozen.exposure),
        "gemeten": int(admitted.measured.any(axis=1).sum()),
        "teWeinigMaandenVooraf": admitted.without_months,
        "uitkomstenVooraf": looked.seen_before,
        "volledigheid": [f"{each:.3f}" for each in panel.completeness],
        "weggelaten": {
            reason: amount(count) if reason in IN_CENTS else count
            for reason, count in frozen.left_out.items()
        },
    }


def panel_text(looked: Looked) -> str:
    """Give a panel for people."""
    found = panel_document(looked)
    complete = looked.frozen.panel.completeness
    lines = [
        (
            f"Analyseplan '{looked.plan.asked.title}', boeken tot schakel {found['standPer']},"
            f" gegevens {str(found['gegevens'])[:16]}"
        ),
        (
            f"{found['gezinnen']} gezinnen over {found['maanden']} maanden vanaf"
            f" {found['eersteMaand']}; {found['gezinnenMetHulp']} kregen hulp, te meten bij"
            f" {found['gemeten']}, te weinig maanden vooraf bij {found['teWeinigMaandenVooraf']}"
        ),
        f"Facturen binnen: {100 * complete.min():.0f}% in de minst volledige maand",
        *(
            f"{reason}: {show(count) if reason in IN_CENTS else count}"
            for reason, count in looked.frozen.left_out.items()
            if count
        ),
    ]
    return "\n".join(lines)


def study_document(study: Study) -> Mapping[str, Value]:
    """Give a study for programs."""
    return {
        "standPer": study.chain_number,
        "gegevens": study.data_hash.hex(),
        "methode": study.method,
        "schattingen": [_estimate_document(each) for each in study.estimates],
    }


def study_text(study: Study) -> str:
    """Give a study for people."""
    shown = table(
        ["hulp", "domein", "gezinnen", "besparing", "van", "tot", "graad", "twijfel"],
        [_estimate_row(each) for each in study.estimates],
        [_LEFT, _LEFT, _RIGHT, _RIGHT, _RIGHT, _RIGHT, _LEFT, _LEFT],
    )
    return f"Boeken tot schakel {study.chain_number}, methode {study.method}\n\n{shown}"


def attribution_document(blocks: Sequence[Block]) -> Value:
    """Give per way of dividing what each payer gets of each receiving domain, for programs."""
    return {
        "verdelingen": [
            {"manier": method, "betaler": payer, "ontvanger": receiver, "bedrag": amount(cents)}
            for method, found in _divided(blocks).items()
            for (payer, receiver), cents in sorted(found.items())
        ]
    }


def attribution_text(blocks: Sequence[Block]) -> str:
    """Give the same for people: the way that is booked, with the others beside it."""
    found = _divided(blocks)
    places = sorted({place for each in found.values() for place in each})
    return table(
        ["betaler", "ontvanger", *found],
        [
            [
                *place,
                *(show(each[place]) if place in each else "-" for each in found.values()),
            ]
            for place in places
        ],
        [_LEFT, _LEFT, *[_RIGHT] * len(found)],
    )


def report_document(report: Report) -> Mapping[str, Value]:
    """Give a report for programs."""
    return {
        "peilDatum": report.scope.on,
        "standPer": report.scope.known_up_to,
        "wijk": report.scope.wijk,
        "cellen": [
            {
                "betaler": payer,
                "ontvanger": receiver,
                **_figure(cell.figure),
                "graad": cell.grade,
                "gezinnen": cell.families,
                "aantoonbaar": cell.is_demonstrable,
                "omslagpunt": cell.tipping_point,
            }
            for (payer, receiver), cell in report.cells.items()
        ],
        "totalen": [
            {"betaler": payer, "ontvanger": receiver, **_figure(figure)}
            for (payer, receiver), figure in report.totals.items()
        ],
        "verborgen": [
            {"betaler": payer, "ontvanger": receiver} for payer, receiver in report.hidden
        ],
        "verwacht": [
            {"betaler": payer, "ontvanger": receiver, "bedrag": amount(cents)}
            for (payer, receiver), cents in report.expected.items()
        ],
        "domeinen": [
            {
                "domein": each.domain,
                "eigenLasten": _maybe(each.spent_cents),
                "waargenomen": _maybe(each.observed_cents),
                "eldersGecreeerd": _maybe(each.created_elsewhere_cents),
                "ontvangen": _maybe(each.received_cents),
                "netto": _maybe(each.net_cents),
            }
            for each in report.domains
        ],
        "wijkverhoudingen": [
            {
                "wijk": each.wijk,
                "domein": each.domain,
                "hulp": list(each.exposure),
                "gezinnen": each.families,
                "verhouding": f"{each.ratio:.2f}",
                "van": f"{each.ratio_low:.2f}",
                "tot": f"{each.ratio_high:.2f}",
                "aantoonbaar": each.is_demonstrable,
            }
            for each in report.districts
        ],
        "nietToegerekend": [
            {
                "domein": each.domain,
                "hulp": list(each.exposure),
                "bedrag": _maybe(each.cents),
                "reden": each.reason,
            }
            for each in report.not_attributed
        ],
    }


def report_text(report: Report) -> str:
    """Give a report for people."""
    cells = table(
        [
            *("betaler", "ontvanger", "gemeten", "bekrachtigd", "verzilverd"),
            *("samen", "van", "tot", "graad", "gezinnen"),
        ],
        [
            [
                payer,
                receiver,
                *(show(cents) for cents in cell.figure.cents.values()),
                show(cell.figure.known_cents),
                show(cell.figure.low_cents),
                show(cell.figure.high_cents),
                cell.grade + ("*" if cell.is_demonstrable else ""),
                str(cell.families),
            ]
            for (payer, receiver), cell in report.cells.items()
        ],
        [_LEFT, _LEFT, *[_RIGHT] * 6, _LEFT, _RIGHT],
    )
    domains = table(
        ["domein", "eigen lasten", "waargenomen", "elders gecreëerd", "ontvangen", "netto"],
        [
            [
                each.domain,
                *(
                    "-" if cents is None else show(cents)
                    for cents in (
                        each.spent_cents,
                        each.observed_cents,
                        each.created_elsewhere_cents,
                        each.received_cents,
                        each.net_cents,
                    )
                ),
            ]
            for each in report.domains
        ],
        [_LEFT, *[_RIGHT] * 5],
    )
    parts = [cells if report.cells or report.hidden else _NOTHING_YET, domains]
    total = report.totals.get((TOTAL, TOTAL))
    if total is not None:
        parts.append(
            f"Samen gemeten {show(total.known_cents)}, met 95% zekerheid tussen"
            f" {show(total.low_cents)} en {show(total.high_cents)}; daarvan bekrachtigd of"
            f" verzilverd {show(total.headline_cents)}. * is aantoonbaar na zoveel vergelijkingen."
        )
    if report.hidden:
        parts.append(
            f"{len(report.hidden)} cellen zijn verborgen: ze gaan over te weinig gezinnen."
        )
    expected = report.expected.get((TOTAL, TOTAL))
    if expected is not None:
        parts.append(f"Verwacht, en nergens meegeteld: {show(expected)}.")
    parts += [
        f"Niet toegerekend: {' en '.join(each.exposure)} in {each.domain}"
        + ("" if each.cents is None else f", {show(each.cents)}")
        + f" ({each.reason})"
        for each in report.not_attributed
    ]
    return "\n\n".join(parts[:2]) + "\n\n" + "\n".join(parts[2:])


def _divided(blocks: Sequence[Block]) -> dict[str, dict[tuple[str, str], int]]:
    """Divide blocks in every way; what a way has nothing to go by for, it leaves out."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    for method in METHODS:
        sums = found.setdefault(method.code, {})
        for block in blocks:
            if block.worth is None or block.reason is not None:
                continue
            try:
                shares = attribute(block.worth, method=method, paid=block.paid)
            except Refusal:
                continue
            for share in shares:
                place = (share.payer, block.receiver)
                sums[place] = sums.get(place, 0) + share.amount_cents
    return found


def _estimate_document(found: Estimated) -> Mapping[str, Value]:
    document: dict[str, Value] = {"hulp": list(found.exposure), "domein": found.domain}
    if found.measured is None:
        return document | {"reden": found.reason.words if found.reason else ""}
    low, high = found.interval_cents
    return document | {
        "gezinnenMetHulp": found.measured.effect.treated,
        "besparing": amount(found.saving_cents),
        "ondergrens": amount(low),
        "bovengrens": amount(high),
        "graad": found.measured.judgement.grade,
        "twijfel": list(found.measured.judgement.doubts),
    }


def _estimate_row(found: Estimated) -> list[str]:
    heading = [" + ".join(found.exposure), found.domain]
    if found.measured is None:
        return [*heading, "-", "-", "-", "-", "-", found.reason.words if found.reason else ""]
    low, high = found.interval_cents
    judgement = found.measured.judgement
    return [
        *heading,
        str(found.measured.effect.treated),
        show(found.saving_cents),
        show(low),
        show(high),
        judgement.grade,
        "; ".join(judgement.doubts),
    ]


def _figure(figure: Figure) -> Mapping[str, Value]:
    return {
        **{str(state): amount(cents) for state, cents in figure.cents.items()},
        "samen": amount(figure.known_cents),
        "ondergrens": amount(figure.low_cents),
        "bovengrens": amount(figure.high_cents),
    }


def _maybe(cents: int | None) -> Value:
    return None if cents is None else amount(cents)
