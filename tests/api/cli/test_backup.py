"""A backup gives the same books back to the cent, or is refused."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
import pytest
from joserfc import jws
from sqlalchemy.ext.asyncio import AsyncConnection

from api import migrate
from api.cli import backup
from api.postgres import find_binaries, start
from api.runtime import DATABASE
from domains.persons.vault import add_master_key, load_or_make_vault
from ledger import checkpoints
from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

ERMELO: Final = "GM0233"
EVERYTHING: Final = """
    SELECT (SELECT count(*) FROM ledger.posting),
           (SELECT sum(abs(amount_cents)) FROM ledger.posting),
           (SELECT encode(hash, 'hex') FROM ledger.chain_head WHERE gemeente = 'GM0233'),
           (SELECT count(*) FROM domains.draw), (SELECT count(*) FROM access.audit_line)
"""


@pytest.fixture(scope="module")
def copy(ontschot: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a backup of the demo, with the keys of an installation that knows persons."""
    load_or_make_vault(ontschot.folder / "sleutels" / "personen.key")
    target = tmp_path_factory.mktemp("kopie") / "vandaag"
    done = ontschot("reservekopie", str(target), "--formaat", "json")
    assert done.code == 0, done.err
    return target


def everything(folder: Path) -> tuple[object, ...]:
    with start(folder, find_binaries(None)) as server:
        url = server.url_of(DATABASE, user=migrate.OWNER)
        with psycopg.connect(url) as connection:
            found = connection.execute(EVERYTHING).fetchone()
    assert found is not None
    return found


def test_a_restored_backup_is_the_same_to_the_cent_and_goes_on(
    ontschot: Program, copy: Path, folder: Path
) -> None:
    shutil.copytree(ontschot.folder / "sleutels", folder / "sleutels")
    with start(folder, find_binaries(None), settings={"fsync": "off"}):
        restored_and_going_on(ontschot, Program(folder=folder), copy)


def restored_and_going_on(ontschot: Program, there: Program, copy: Path) -> None:
    add_master_key(there.folder / "sleutels" / "personen.key")  # The older one is still in it.
    done = there("herstel", str(copy), "--formaat", "json")
    assert (done.code, done.err) == (0, "")
    (checked,) = (each for each in done.document["controles"] if each["gemeente"] == ERMELO)
    assert checked["schoon"]
    assert checked["controlepunten"] >= 1
    assert everything(there.folder) == everything(ontschot.folder)
    kept = [each.folder / "checkpoints" / f"{ERMELO}.jsonl" for each in (there, ontschot)]
    assert kept[0].read_bytes() == kept[1].read_bytes()

    again = there("herstel", str(copy))
    assert again.code == 1
    assert "[database-niet-leeg]" in again.err
    posted = there(
        "boek",
        "--gemeente",
        ERMELO,
        "--debet",
        "0125/JW-2025",
        "--credit",
        "0110/JW-2025",
        "--bedrag",
        "1",
        "--boekdatum",
        "2025-06-01",
        "--omschrijving",
        "Na herstel",
    )
    assert posted.code == 0, posted.err
    assert there("controleer", "--gemeente", ERMELO).code == 0


@pytest.mark.bewijs
def test_a_rehearsal_leaves_nothing_behind(ontschot: Program, copy: Path, tmp_path: Path) -> None:
    done = Program(folder=tmp_path)("herstel", str(copy), "--proef")
    assert done.code == 0, done.err
    assert f"{ERMELO}: schoon" in done.out
    assert "die met haar meekwam" in done.err
    assert "ontbreken sleutels die bij deze kopie horen: controlepunten, personen" in done.err
    assert list(tmp_path.iterdir()) == []


def test_no_secret_key_is_in_a_backup(ontschot: Program, copy: Path) -> None:
    secret = [
        file.read_bytes()
        for file in (ontschot.folder / "sleutels").iterdir()
        if not file.name.endswith(".pub.pem")
    ]
    assert len(secret) >= 2
    for file in copy.rglob("*"):
        content = b"" if file.is_dir() else file.read_bytes()
        assert not [key for key in secret if key in content], file
        assert file.name.endswith(".pub.pem") or not file.name.endswith((".key", ".pem")), file
    manifest = json.loads((copy / "manifest.json").read_bytes())
    assert {"controlepunten", "personen"} <= manifest["sleutels"].keys()


def change(name: str) -> Callable[[Path], None]:
    def apply(copy: Path) -> None:
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)

    return apply


def claim_less(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_bytes())
    manifest["ketens"] = []
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def sign_by_another(copy: Path) -> None:
    (copy / "manifest.jws").write_text(
        "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiaWVtYW5kIn0.e30.AA", encoding="ascii"
    )


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (change("boeken.dump"), "boeken.dump is niet het bestand dat het manifest noemt"),
        (change(f"checkpoints/{ERMELO}.jsonl"), "is niet het bestand"),
        (claim_less, "het manifest is veranderd"),
        (sign_by_another, "(iemand) is hier niet bekend"),
        (change("manifest.jws"), "veranderd of ondertekend|handtekening"),
        (lambda copy: (copy / "boeken.dump").unlink(), "boeken.dump ontbreekt"),
        (lambda copy: (copy / "manifest.jws").unlink(), "manifest.jws is niet te lezen"),
        (lambda copy: (copy / "checkpoints" / "x.pub.pem").touch(), "x.pub.pem staat niet in"),
        (lambda copy: [each.unlink() for each in copy.glob("*.*")], "manifest.json is niet te"),
    ],
)
def test_a_backup_that_was_touched_is_refused_before_anything_is_made(
    ontschot: Program, copy: Path, tmp_path: Path, tamper: Callable[[Path], object], reason: str
) -> None:
    touched = tmp_path / "kopie"
    shutil.copytree(copy, touched)
    tamper(touched)
    target = tmp_path / "nieuw"
    shutil.copytree(ontschot.folder / "sleutels", target / "sleutels")
    done = Program(folder=target)("herstel", str(touched))
    assert (done.code, done.out) == (1, "")
    assert "[reservekopie-onbruikbaar]" in done.err
    assert any(each in done.err for each in reason.split("|"))
    assert [each.name for each in target.iterdir()] == ["sleutels"]


def test_a_backup_never_takes_the_place_of_another(ontschot: Program, copy: Path) -> None:
    before = (copy / "manifest.json").read_bytes()
    done = ontschot("reservekopie", str(copy))
    assert done.code == 3
    assert "bestaat al" in done.err
    assert (copy / "manifest.json").read_bytes() == before


def test_what_a_backup_would_hold_can_be_seen_first(ontschot: Program, tmp_path: Path) -> None:
    done = ontschot("reservekopie", str(tmp_path / "nooit"), "--proef", "--formaat", "json")
    assert done.code == 0, done.err
    assert ERMELO in {chain["gemeente"] for chain in done.document["ketens"]}
    assert done.document["map"] is None
    assert not (tmp_path / "nooit").exists()


def test_a_backup_holds_no_checkpoint_of_after_its_moment_and_is_on_disk_before_it_is_there(
    ontschot: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, target = ontschot.folder / "checkpoints", tmp_path / "kopie"
    key = checkpoints.load_or_make_key(ontschot.folder / "sleutels")
    last = checkpoints.read(folder, ERMELO).checkpoints[-1]
    payload = json.loads(jws.extract_compact(last.jws.encode()).payload)
    later = jws.serialize_compact(
        {"alg": "Ed25519", "kid": key.thumbprint()},
        json.dumps(payload | {"schakel": payload["schakel"] + 1000}),
        key,
        algorithms=["Ed25519"],
    )
    before = (folder / f"{ERMELO}.jsonl").read_bytes()
    synced: set[tuple[str, bool]] = set()
    sync = os.fsync

    def noted(opened: int) -> None:
        synced.add((Path(f"/proc/self/fd/{opened}").readlink().name, target.exists()))
        sync(opened)

    monkeypatch.setattr(os, "fsync", noted)
    checkpoints.append(folder, checkpoints.parse(later))
    try:
        done = ontschot("reservekopie", str(target))
    finally:
        (folder / f"{ERMELO}.jsonl").write_bytes(before)
    assert done.code == 0, done.err
    kept = checkpoints.read(target / "checkpoints", ERMELO).checkpoints
    assert last in kept
    assert later not in {each.jws for each in kept}
    for name in ("boeken.dump", "manifest.json", "manifest.jws", "checkpoints"):
        assert (name, False) in synced
    assert (tmp_path.name, True) in synced


def test_a_restore_that_differs_says_that_the_database_is_filled(
    copy: Path, folder: Path, ontschot: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ontschot.folder / "sleutels", folder / "sleutels")

    async def none(_connection: AsyncConnection) -> tuple[backup.Chain, ...]:
        return ()

    monkeypatch.setattr(backup, "_chains", none)
    done = Program(folder=folder)("herstel", str(copy))
    assert done.code == 1
    assert "[herstel-wijkt-af]" in done.err
    assert "Maak haar eerst leeg" in " ".join(done.err.split())
