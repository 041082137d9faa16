"""Turning the fields of messages, by their names in the standard, into values."""

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from domains.messages import model
from domains.messages.standard import Kind, MessageType


def header_of(message: MessageType, told: Mapping[str, Any]) -> model.Header:
    """Read who sends what to whom."""
    return model.Header(
        message=message,
        sender=told["Afzender"],
        receiver=told["Ontvanger"],
        identification=told["BerichtIdentificatie"]["Identificatie"],
        dated=told["BerichtIdentificatie"]["Dagtekening"],
    )


def line_of(
    told: Mapping[str, Any], element: etree._Element, *, place: int, bsn: str
) -> model.DeclaredLine:
    """Read a declared line; ``element`` says where it stands."""
    amount = told["IngediendBedrag"]
    return model.DeclaredLine(
        place=place,
        row=element.sourceline or 0,
        bsn=bsn,
        reference=told["ProductReferentie"]["ReferentieNummer"],
        previous=told["ProductReferentie"].get("VorigReferentieNummer", ""),
        allocation=told["ToewijzingNummer"],
        category=told["ProductCategorie"],
        code=told["ProductCode"],
        from_date=told["ProductPeriode"]["Begindatum"],
        last_date=told["ProductPeriode"]["Einddatum"],
        volume=told["GeleverdVolume"],
        unit=told["Eenheid"],
        tariff_cents=told.get("ProductTarief"),
        amount_cents=signed(amount["Bedrag"], amount["DebetCredit"]),
        is_credit=amount["DebetCredit"] == "C",
    )


def signed(cents: int, side: str) -> int:
    """Return an amount above zero for debit and below for credit."""
    return -cents if side == "C" else cents


def message_of(header: model.Header, told: Mapping[str, Any]) -> model.Message:
    """Turn the fields of a message about one person into values."""
    if header.message.kind is Kind.REPLY:
        answer = told["Antwoord"]
        return model.Reply(
            header=header,
            reference=answer["ReferentieAanbieder"],
            answer=answer["VerzoekAntwoord"],
            reason=answer.get("RedenAfwijzingVerzoek", ""),
        )
    client = told["Client"]
    person = _person(client)
    match header.message.kind:
        case Kind.ALLOCATION:
            return model.Allocation(
                header=header,
                person=person,
                products=tuple(
                    _allocated(each) for each in client["ToegewezenProducten"]["ToegewezenProduct"]
                ),
            )
        case Kind.START:
            return model.Start(
                header=header,
                person=person,
                products=tuple(
                    model.StartedProduct(
                        number=each.get("ToewijzingNummer"),
                        from_date=each["Begindatum"],
                        status=each["StatusAanlevering"],
                        **_product(each),
                    )
                    for each in client["StartProducten"]["StartProduct"]
                ),
            )
        case Kind.STOP:
            return model.Stop(
                header=header,
                person=person,
                products=tuple(
                    model.StoppedProduct(
                        number=each.get("ToewijzingNummer"),
                        from_date=each["Begindatum"],
                        last_date=each["Einddatum"],
                        reason=each["RedenBeeindiging"],
                        status=each["StatusAanlevering"],
                        **_product(each),
                    )
                    for each in client["StopProducten"]["StopProduct"]
                ),
            )
        case Kind.REQUEST:
            return model.Request(
                header=header,
                person=person,
                products=tuple(
                    _wanted(
                        each, from_name="ToewijzingIngangsdatum", until_name="ToewijzingEinddatum"
                    )
                    for each in client["AangevraagdeProducten"]["AangevraagdProduct"]
                ),
            )
        case _:
            asked = client["Verzoek"]
            return model.ChangeRequest(
                header=header,
                person=person,
                reference=asked["ReferentieAanbieder"],
                reason=asked["RedenVerzoek"],
                unchanged=tuple(
                    each["ToewijzingNummer"]
                    for each in _listed(asked, "OngewijzigdeProducten", "OngewijzigdProduct")
                ),
                changed=tuple(
                    _wanted(each)
                    for each in _listed(asked, "TeWijzigenProducten", "TeWijzigenProduct")
                ),
                new=tuple(
                    _wanted(each) for each in _listed(asked, "NieuweProducten", "NieuwProduct")
                ),
            )


def _listed(told: Mapping[str, Any], group: str, name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = told.get(group, {}).get(name, ())
    return found


def _person(client: Mapping[str, Any]) -> model.PersonFacts:
    name = client.get("Naam", {})
    surname = name.get("Geslachtsnaam", {})
    return model.PersonFacts(
        bsn=client["Bsn"],
        birth_date=client.get("Geboortedatum", {}).get("Datum"),
        sex=client.get("Geslacht", ""),
        surname=surname.get("Achternaam", ""),
        prefix=surname.get("Voorvoegsel", ""),
        initials=name.get("Voorletters", ""),
    )


def _product(told: Mapping[str, Any]) -> dict[str, str]:
    product = told.get("Product", {})
    return {"category": product.get("Categorie", ""), "code": product.get("Code", "")}


def _extent(told: Mapping[str, Any]) -> model.Extent | None:
    extent = told.get("Omvang")
    if extent is None:
        return None
    return model.Extent(
        volume=extent["Volume"], unit=extent["Eenheid"], frequency=extent["Frequentie"]
    )


def _allocated(told: Mapping[str, Any]) -> model.AllocatedProduct:
    return model.AllocatedProduct(
        number=told["ToewijzingNummer"],
        provider_reference=told.get("ReferentieAanbieder", ""),
        allocated_on=told["Toewijzingsdatum"],
        allocated_time=told["Toewijzingstijd"],
        from_date=told["Ingangsdatum"],
        last_date=told.get("Einddatum"),
        change_reason=told.get("RedenWijziging", ""),
        extent=_extent(told),
        budget_cents=told.get("Budget"),
        **_product(told),
    )


def _wanted(
    told: Mapping[str, Any],
    *,
    from_name: str = "GewensteIngangsdatum",
    until_name: str = "Einddatum",
) -> model.WantedProduct:
    return model.WantedProduct(
        number=told.get("ToewijzingNummer"),
        provider_reference=told.get("ReferentieAanbieder", ""),
        from_date=told[from_name],
        last_date=told.get(until_name),
        extent=_extent(told),
        budget_cents=told.get("Budget"),
        **_product(told),
    )
