"""Registering providers and how they stand, contracts, tariffs and fair-price bands."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.providers import queries, rules
from domains.providers.model import (
    Contract,
    NewBand,
    NewContract,
    NewProvider,
    NewStanding,
    NewTariff,
    Product,
    Tariff,
)


async def register_providers(
    connection: AsyncConnection, *, instruction: Instruction, providers: Sequence[NewProvider]
) -> tuple[UUID, ...]:
    """Register providers with how each stands at first; gives their ids.

    :raises domains.providers.rules.ProviderExists: a code or name is taken.
    :raises domains.providers.rules.StandingWithoutReason: shut out without a reason.
    """
    await _begin(connection, instruction)
    gemeente = instruction.gemeente
    known_as = await queries.provider_names(connection, gemeente=gemeente)
    found: list[tuple[UUID, NewProvider]] = []
    for new in providers:
        rules.check_provider(new, known_as=known_as)
        found.append((instruction.new_id(), new))
        known_as |= dict.fromkeys((rules.plain(new.code), rules.plain(new.name)), new.code)
    await _insert(
        connection,
        instruction,
        "provider",
        [{"provider_id": each_id, "code": new.code, "name": new.name} for each_id, new in found],
    )
    await connection.exec_driver_sql(
        "INSERT INTO domains.provider_name (gemeente, provider_id, known_as) VALUES (%s, %s, %s)",
        [
            (gemeente, each_id, name)
            for each_id, new in found
            for name in dict.fromkeys((rules.plain(new.code), rules.plain(new.name)))
        ],
    )
    await _insert(
        connection,
        instruction,
        "provider_standing",
        [
            _standing(new.standing, instruction, provider_id=each_id, version=1)
            for each_id, new in found
        ],
    )
    ids = tuple(each_id for each_id, _ in found)
    await record(connection, instruction=instruction, results=ids)
    return ids


async def change_standing(
    connection: AsyncConnection, *, instruction: Instruction, provider: str, standing: NewStanding
) -> tuple[UUID, ...]:
    """Say how a provider stands from a day on; gives the id of that version.

    Help that was granted before stays as it is.

    :raises domains.providers.rules.UnknownProvider: nobody with this code is registered.
    :raises domains.providers.rules.StandingWithoutReason: shut out without a reason.
    """
    await _begin(connection, instruction)
    found = await queries.provider(connection, gemeente=instruction.gemeente, code=provider)
    rules.check_standing(standing, provider=provider)
    row = _standing(standing, instruction, provider_id=found.id, version=len(found.standings) + 1)
    await _insert(connection, instruction, "provider_standing", [row])
    await record(connection, instruction=instruction, results=[row["standing_id"]])
    return (row["standing_id"],)


async def register_contracts(
    connection: AsyncConnection, *, instruction: Instruction, contracts: Sequence[NewContract]
) -> tuple[UUID, ...]:
    """Register contracts with providers that are known; gives their ids.

    :raises domains.providers.rules.UnknownProvider: nobody with this code is registered.
    :raises domains.providers.rules.ContractExists: the reference is taken.
    """
    await _begin(connection, instruction)
    gemeente = instruction.gemeente
    ids = {each.code: each.id for each in await queries.providers(connection, gemeente=gemeente)}
    known = list(await queries.contracts(connection, gemeente=gemeente))
    made = []
    for new in contracts:
        rules.check_contract(new, providers=ids, known=known)
        contract = Contract(
            id=instruction.new_id(),
            provider=new.provider,
            reference=new.reference,
            purchase_scale=new.purchase_scale,
            from_date=new.from_date,
            until_date=new.until_date,
        )
        known.append(contract)
        made.append(contract)
    await _insert(
        connection,
        instruction,
        "contract",
        [
            {
                "contract_id": each.id,
                "provider_id": ids[each.provider],
                "reference": each.reference,
                "purchase_scale": str(each.purchase_scale),
                "from_date": each.from_date,
                "until_date": each.until_date,
            }
            for each in made
        ],
    )
    results = tuple(each.id for each in made)
    await record(connection, instruction=instruction, results=results)
    return results


async def set_tariffs(
    connection: AsyncConnection, *, instruction: Instruction, tariffs: Sequence[NewTariff]
) -> tuple[UUID, ...]:
    """Lay tariffs down, each as the next version of its product; gives their ids.

    What was priced before keeps its tariff.

    :raises domains.providers.rules.UnknownContract: there is no such contract.
    :raises domains.providers.rules.TariffZero: a tariff is zero.
    :raises domains.providers.rules.TariffOutsideContract: it begins outside the contract.
    :raises domains.providers.rules.TariffInOtherContract: another contract has the product.
    """
    await _begin(connection, instruction)
    gemeente = instruction.gemeente
    contracts = {each.id: each for each in await queries.contracts(connection, gemeente=gemeente)}
    known = list(await queries.tariffs(connection, gemeente=gemeente))
    made = []
    for new in tariffs:
        rules.check_tariff(new, contracts=contracts, known=known)
        earlier = [
            each for each in known if (each.contract, each.product) == (new.contract, new.product)
        ]
        tariff = Tariff(
            id=instruction.new_id(),
            contract=new.contract,
            product=new.product,
            version=len(earlier) + 1,
            tariff_e4=new.tariff_e4,
            rounding=new.rounding,
            from_date=new.from_date,
        )
        known.append(tariff)
        made.append(tariff)
    await _insert(
        connection,
        instruction,
        "tariff",
        [
            {
                "tariff_id": each.id,
                "contract_id": each.contract,
                **_product(each.product),
                "version": each.version,
                "tariff_e4": each.tariff_e4,
                "rounding": str(each.rounding),
                "from_date": each.from_date,
            }
            for each in made
        ],
    )
    results = tuple(each.id for each in made)
    await record(connection, instruction=instruction, results=results)
    return results


async def set_bands(
    connection: AsyncConnection, *, instruction: Instruction, bands: Sequence[NewBand]
) -> tuple[UUID, ...]:
    """Lay fair-price bands down, each as the next version of its product; gives their ids.

    :raises domains.providers.rules.BandUpsideDown: no tariff could lie in it.
    """
    await _begin(connection, instruction)
    versions: dict[Product, int] = {}
    for each in await queries.bands(connection, gemeente=instruction.gemeente):
        versions[each.product] = versions.get(each.product, 0) + 1
    lines: list[dict[str, Any]] = []
    for new in bands:
        rules.check_band(new)
        versions[new.product] = versions.get(new.product, 0) + 1
        lines.append(
            {
                "band_id": instruction.new_id(),
                **_product(new.product),
                "version": versions[new.product],
                "low_e4": new.low_e4,
                "high_e4": new.high_e4,
                "from_date": new.from_date,
                "study": new.study,
            }
        )
    await _insert(connection, instruction, "tariff_band", lines)
    results = tuple(line["band_id"] for line in lines)
    await record(connection, instruction=instruction, results=results)
    return results


async def _begin(connection: AsyncConnection, instruction: Instruction) -> None:
    """Let changes of the register take turns, so that each version follows the one before."""
    await refuse_repetition(connection, instruction=instruction)
    await take_turns(connection, of=[f"aanbieders {instruction.gemeente}"])


async def _insert(
    connection: AsyncConnection,
    instruction: Instruction,
    table: str,
    lines: Sequence[Mapping[str, Any]],
) -> None:
    """Write rows of one table, with who recorded them and when."""
    told = [
        {
            "gemeente": instruction.gemeente,
            **line,
            "recorded_at": instruction.at,
            "actor": instruction.actor.subject,
        }
        for line in lines
    ]
    columns = list(told[0])
    places = ", ".join(f"%({column})s" for column in columns)
    await connection.exec_driver_sql(
        f"INSERT INTO domains.{table} ({', '.join(columns)}) VALUES ({places})", told
    )


def _standing(
    new: NewStanding, instruction: Instruction, *, provider_id: UUID, version: int
) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "version": version,
        "standing_id": instruction.new_id(),
        "from_date": new.from_date,
        "quality": str(new.quality),
        "is_barred": new.is_barred,
        "reason": new.reason,
    }


def _product(product: Product) -> dict[str, str]:
    return {
        "product_category": product.category,
        "product_code": product.code,
        "unit": str(product.unit),
    }
