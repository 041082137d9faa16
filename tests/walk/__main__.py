"""Writes the page: `python -m tests.walk --schrijf`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from api import db
from api.postgres import erase, find_binaries, start
from tests.support import databases
from tests.walk.page import page_of
from tests.walk.steps import Walk, Walker
from tests.walk.test_walk import PAGE


async def _walk(url: str) -> Walk:
    engine = db.engine_for(url)
    try:
        return await Walker(engine).walk()
    finally:
        await engine.dispose()


def main() -> int:
    """Walk on a server of its own, and write the page or show it."""
    with TemporaryDirectory(prefix="wandeling-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with start(folder, find_binaries(None)) as server:
            databases.make_template(server)
            made = databases.clone(server, "wandeling")
            page = page_of(asyncio.run(_walk(made.app_url)))
        erase(folder, find_binaries(None))
    if sys.argv[1:] == ["--schrijf"]:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
