"""Progress of long work, on stderr and only for a person at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show which step is under way."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starten") as status:

        def tell(step: str) -> None:
            status.update(step)

        yield tell


@contextmanager
def bar(subject: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far work is: what is being done, how much of it is done, and how much there is."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(subject, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"{subject}: {what}", completed=done, total=total)

        yield tell
