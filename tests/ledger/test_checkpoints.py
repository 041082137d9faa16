"""Signed checkpoints: what a rewritten database can not hide."""

import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from ledger import checker, checkpoints
from ledger.checkpoints import FolderUnusable, KeyUnusable, NothingToSign
from tests.ledger.filled import fill
from tests.support.databases import Database
from tests.support.making import change_period

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]

NIGHT: Final = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> OKPKey:
    """Give a key for checkpoints."""
    return checkpoints.load_or_make_key(tmp_path)


@pytest.fixture
async def filled(engine: AsyncEngine, new_gemeente: Callable[[], str]) -> str:
    """Give a municipality with books."""
    gemeente = new_gemeente()
    await fill(engine, gemeente)
    return gemeente


@pytest.fixture
async def superuser(database: Database) -> AsyncIterator[AsyncConnection]:
    """Give a superuser whose changes are rolled back, with the triggers out of the way."""
    made = db.engine_for(database.superuser_url)
    async with made.connect() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        await connection.rollback()
    await made.dispose()


async def made(
    engine: AsyncEngine, gemeente: str, key: OKPKey, *, at: datetime = NIGHT
) -> checkpoints.Checkpoint:
    """Make a checkpoint in a database transaction of its own."""
    async with db.transaction(engine, gemeente) as connection:
        return await checkpoints.make_checkpoint(connection, gemeente, at, key)


async def found(
    engine: AsyncEngine, gemeente: str, folder: Path, *given: checkpoints.Checkpoint
) -> list[str]:
    """Verify checkpoints with the public keys of a folder and give the sentences."""
    async with db.transaction(engine, gemeente) as connection:
        findings = await checkpoints.verify(
            connection, given, checkpoints.public_keys(folder), gemeente=gemeente
        )
    return [finding.message for finding in findings]


async def test_checkpoint_tells_what_the_chain_is(
    engine: AsyncEngine, filled: str, key: OKPKey
) -> None:
    checkpoint = await made(engine, filled, key)
    assert checkpoint.gemeente == filled
    assert checkpoint.chain_number == 7
    assert checkpoint.entries == 9
    assert checkpoint.made_at == NIGHT
    assert checkpoint.debits == (
        ("BUDGET", 100_000 + 40_000 + 500 + 12 + 500 + 18 + 50),
        ("LASTEN", 500),
    )
    assert checkpoints.parse(checkpoint.jws) == checkpoint
    content = jws.extract_compact(checkpoint.jws.encode()).payload
    assert b'"schakel":7' in content
    assert b'"debet":{"BUDGET":"' in content


async def test_books_that_only_grew_agree_with_all_their_checkpoints(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    early = await made(engine, filled, key)
    await change_period(engine, filled)
    late = await made(engine, filled, key)
    assert await found(engine, filled, tmp_path, late, early, late) == []


async def test_no_books_no_checkpoint(engine: AsyncEngine, gemeente: str, key: OKPKey) -> None:
    with pytest.raises(NothingToSign) as refused:
        await made(engine, gemeente, key)
    assert gemeente in refused.value.message()


CUT_OFF: Final = (
    *(
        f"DELETE FROM ledger.{table} WHERE :here AND chain_number = 7"
        for table in ("link", "entry", "posting", "request")
    ),
    """
    UPDATE ledger.chain_head AS head SET chain_number = link.chain_number, hash = link.hash
    FROM ledger.link AS link WHERE head.:here AND link.gemeente = head.gemeente
      AND link.chain_number = 6
    """,
    """
    UPDATE ledger.balance AS balance
    SET month_debit_cents = 0, month_credit_cents = 0, (balance_cents, last_month) = (
        SELECT coalesce(sum(amount_cents), 0), date_trunc('month', max(booking_date)::timestamp)
        FROM ledger.posting AS line
        WHERE line.gemeente = balance.gemeente AND line.account_id = balance.account_id)
    WHERE :here
    """,
    "DELETE FROM ledger.month_total WHERE :here",
    """
    INSERT INTO ledger.month_total
    SELECT gemeente, account_id, date_trunc('month', booking_date::timestamp)::date,
           sum(greatest(amount_cents, 0)), -sum(least(amount_cents, 0))
    FROM ledger.posting WHERE :here GROUP BY 1, 2, 3
    """,
)
"""Take the last link away, so well that the rest adds up."""


async def test_tail_that_was_cut_off_well_is_seen_by_a_checkpoint_only(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path, superuser: AsyncConnection
) -> None:
    checkpoint = await made(engine, filled, key)
    for statement in CUT_OFF:
        await superuser.exec_driver_sql(statement.replace(":here", f"gemeente = '{filled}'"))
    report = await checker.check(superuser, gemeente=filled, progress=None)
    assert report.is_clean
    (finding,) = await checkpoints.verify(
        superuser, [checkpoint], checkpoints.public_keys(tmp_path), gemeente=filled
    )
    assert (finding.check, finding.expected, finding.found) == ("controlepunt-kort", "7", "6")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE ledger.link SET hash = sha256('x') WHERE :here AND chain_number = 7", "de hash"),
        ("DELETE FROM ledger.link WHERE :here AND chain_number = 5", "de hash"),
        ("DELETE FROM ledger.entry WHERE :here AND chain_number = 2", "het aantal boekingen"),
        (
            "UPDATE ledger.posting SET amount_cents = amount_cents + 1 WHERE :here AND line = 1",
            "de som van debet per boek",
        ),
    ],
)
async def test_other_chain_than_was_signed_is_found(
    engine: AsyncEngine,
    filled: str,
    key: OKPKey,
    tmp_path: Path,
    superuser: AsyncConnection,
    change: str,
    what: str,
) -> None:
    given = [await made(engine, filled, key)]
    if "chain_number = 5" in change:
        given = [await at_link(engine, filled, key, 5)]
    await superuser.exec_driver_sql(change.replace(":here", f"gemeente = '{filled}'"))
    findings = await checkpoints.verify(
        superuser, given, checkpoints.public_keys(tmp_path), gemeente=filled
    )
    assert {finding.check for finding in findings} == {"controlepunt-keten"}
    assert any(finding.message.endswith(f": {what}.") for finding in findings)


async def at_link(
    engine: AsyncEngine, gemeente: str, key: OKPKey, number: int
) -> checkpoints.Checkpoint:
    """Make the checkpoint that would have been made when the chain ended at a link."""
    async with db.transaction(engine, gemeente) as connection:
        now = await checkpoints.make_checkpoint(connection, gemeente, NIGHT, key)
        answer = await connection.exec_driver_sql(
            "SELECT encode(hash, 'hex') FROM ledger.link WHERE gemeente = %s AND chain_number = %s",
            (gemeente, number),
        )
        content = jws.extract_compact(now.jws.encode()).payload.decode()
    content = content.replace('"schakel":7', f'"schakel":{number}')
    content = content.replace(now.link_hash.hex(), answer.scalar_one())
    return checkpoints.parse(signed(content.encode(), key))


def signed(content: bytes, key: OKPKey) -> str:
    """Sign any content as a checkpoint is signed."""
    return jws.serialize_compact(
        {"alg": "Ed25519", "kid": key.thumbprint()}, content, key, algorithms=["Ed25519"]
    )


async def test_signature_counts_and_nothing_beside_it(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    checkpoint = await made(engine, filled, key)
    stranger = OKPKey.generate_key("Ed25519")
    content = jws.extract_compact(checkpoint.jws.encode()).payload
    by_stranger = checkpoints.parse(signed(content, stranger))
    head, _, signature = checkpoint.jws.split(".")
    body = signed(content.replace(b":7,", b":6,"), key).split(".")[1]
    under_other_content = checkpoints.parse(f"{head}.{body}.{signature}")
    borrowed_name = jws.serialize_compact(
        {"alg": "Ed25519", "kid": key.thumbprint()}, content, stranger, algorithms=["Ed25519"]
    )
    elsewhere = replace(
        checkpoint, jws=signed(content.replace(filled.encode(), b"GM0001"), key), gemeente="GM0001"
    )
    told = await found(
        engine,
        filled,
        tmp_path,
        by_stranger,
        under_other_content,
        checkpoints.parse(borrowed_name),
        replace(checkpoint, entries=1),
        elsewhere,
    )
    place = "de handtekening van het controlepunt klopt niet"
    assert told == [
        f"Gemeente {filled}, schakel 7: {place} (sleutel {stranger.thumbprint()} is niet bekend).",
        f"Gemeente {filled}, schakel 6: {place} (zij is niet van deze sleutel).",
        f"Gemeente {filled}, schakel 7: {place} (zij is niet van deze sleutel).",
        f"Gemeente {filled}, schakel 7: {place} (de ondertekende inhoud is een andere).",
        f"Gemeente {filled}, schakel 7: {place} (het is van GM0001).",
    ]


async def test_file_keeps_each_checkpoint_on_a_line_for_its_owner_only(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    checkpoint = await made(engine, filled, key)
    folder = tmp_path / "controlepunten"
    file = checkpoints.append(folder, checkpoint)
    later = await made(engine, filled, key, at=NIGHT + timedelta(days=1))
    checkpoints.append(folder, later)
    assert file == folder / f"{filled}.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().count("\n") == 2
    assert checkpoints.read(folder, filled).checkpoints == (checkpoint, later)
    assert checkpoints.read(folder, filled).findings == ()


async def test_a_line_that_stands_there_twice_counts_once(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    checkpoint = await made(engine, filled, key)
    checkpoints.append(tmp_path, checkpoint)
    checkpoints.append(tmp_path, checkpoint)
    assert checkpoints.read(tmp_path, filled).checkpoints == (checkpoint,)


async def test_half_line_is_told_and_does_no_harm(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    checkpoint = await made(engine, filled, key)
    file = checkpoints.append(tmp_path, checkpoint)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:100])
    kept = checkpoints.read(tmp_path, filled)
    assert kept.checkpoints == (checkpoint,)
    assert [finding.message for finding in kept.findings] == [
        f"Gemeente {filled}: regel 2 van het bestand met controlepunten is niet te lezen."
    ]
    later = await made(engine, filled, key, at=NIGHT + timedelta(days=1))
    checkpoints.append(tmp_path, later)
    kept = checkpoints.read(tmp_path, filled)
    assert kept.checkpoints == (checkpoint, later)
    assert len(kept.findings) == 1


@pytest.mark.parametrize(
    "line", [b"{}", b'{"jws": "geen"}', b'{"jws": "e30.e30.e30"}', b"\xff\xfe", b'"x"']
)
def test_line_that_is_no_checkpoint_is_told(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "GM1998.jsonl").write_bytes(line + b"\n")
    kept = checkpoints.read(tmp_path, "GM1998")
    assert kept.checkpoints == ()
    assert len(kept.findings) == 1


def test_no_file_means_no_checkpoints(tmp_path: Path) -> None:
    kept = checkpoints.read(tmp_path / "nergens", "GM1998")
    assert kept == checkpoints.Kept(checkpoints=(), findings=())


def test_file_name_can_only_be_a_municipality(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="elders"):
        checkpoints.read(tmp_path, "../elders")


async def test_folder_that_is_a_file_is_refused(
    engine: AsyncEngine, filled: str, key: OKPKey, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "bestand"
    in_the_way.write_text("x", encoding="utf-8")
    with pytest.raises(FolderUnusable) as refused:
        checkpoints.append(in_the_way, await made(engine, filled, key))
    assert str(in_the_way) in refused.value.message()
    with pytest.raises(FolderUnusable):
        checkpoints.read(in_the_way, filled)
    with pytest.raises(FolderUnusable):
        checkpoints.load_or_make_key(in_the_way)


def test_key_is_made_once_and_its_public_half_stands_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "sleutels"
    made_key = checkpoints.load_or_make_key(folder)
    assert checkpoints.load_or_make_key(folder).thumbprint() == made_key.thumbprint()
    assert {file.name for file in folder.iterdir()} == {
        "checkpoint.key.pem",
        f"checkpoint-{made_key.thumbprint()}.pub.pem",
    }
    assert stat.S_IMODE((folder / "checkpoint.key.pem").stat().st_mode) == 0o600
    (public,) = checkpoints.public_keys(folder).values()
    assert public.thumbprint() == made_key.thumbprint()
    assert not public.is_private


def test_old_checkpoints_can_be_verified_after_a_new_key(tmp_path: Path) -> None:
    old = checkpoints.load_or_make_key(tmp_path)
    (tmp_path / "checkpoint.key.pem").unlink()
    new = checkpoints.load_or_make_key(tmp_path)
    assert set(checkpoints.public_keys(tmp_path)) == {old.thumbprint(), new.thumbprint()}


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (OKPKey.generate_key("Ed25519").as_pem(private=True), 0o640, "andere gebruikers"),
        (OKPKey.generate_key("Ed25519").as_pem(private=False), 0o600, "geen geheime sleutel"),
        (OKPKey.generate_key("Ed448").as_pem(private=True), 0o600, "geen Ed25519-sleutel"),
        (ECKey.generate_key("P-256").as_pem(private=True), 0o600, "geen"),
        (b"onzin", 0o600, "geen sleutel"),
    ],
)
def test_key_that_can_not_be_trusted_is_refused(
    tmp_path: Path, content: bytes, mode: int, reason: str
) -> None:
    file = tmp_path / "checkpoint.key.pem"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(KeyUnusable) as refused:
        checkpoints.load_or_make_key(tmp_path)
    assert reason in refused.value.message()
