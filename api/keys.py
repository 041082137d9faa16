"""The secret keys of an installation: where each lies, and by what name it is known elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.bearer import client_key
from api.messages import person_key_file
from api.runtime import key_folder
from api.settings import Settings
from api.tokens import KEY_FILE as TOKEN_KEY
from domains.persons.vault import load_or_make_vault
from ledger import checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """A file with a secret key."""

    name: str
    """What it is for, in Dutch."""
    file: Path
    fingerprints: Callable[[], tuple[str, ...]] | None
    """Gives a name of the key that tells nothing of it, and of older ones in the same file after
    the newest; without: nobody needs this key back."""

    @property
    def is_there(self) -> bool:
        """Return whether the file exists."""
        return self.file.is_file()


def secret_keys(settings: Settings) -> tuple[SecretKey, ...]:
    """List the keys that an installation with these settings uses, also those not made yet."""
    folder = key_folder(settings)
    persons = person_key_file(settings, folder)
    found = [
        SecretKey(
            name="controlepunten",
            file=folder / checkpoints.KEY_FILE,
            fingerprints=lambda: (checkpoints.load_or_make_key(folder).thumbprint(),),
        ),
        SecretKey(
            name="personen", file=persons, fingerprints=lambda: load_or_make_vault(persons).names
        ),
    ]
    client = settings.client_key
    if client is not None:
        found.append(
            SecretKey(
                name="aanmelddienst",
                file=client,
                fingerprints=lambda: (client_key(client).thumbprint(),),
            )
        )
    if settings.issuers is None:
        found.append(SecretKey(name="ontwikkeltokens", file=folder / TOKEN_KEY, fingerprints=None))
    return tuple(found)


def fingerprints(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Name the keys that are there, by what they are for; the newest first.

    :raises EnvironmentProblem: a key cannot be read.
    :raises ledger.refusals.Refusal: idem.
    """
    return {
        key.name: key.fingerprints()
        for key in secret_keys(settings)
        if key.fingerprints is not None and key.is_there
    }
