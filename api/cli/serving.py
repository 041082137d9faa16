"""Serving the web application until somebody stops it."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final

import uvicorn

from api import db
from api.bearer import verifier_for
from api.cli.desk import Desk
from api.cli.output import say
from api.http.app import create_app
from api.issuers import client_for_providers
from api.logging import configure_logging
from api.metrics import Metrics, MetricsApp
from api.runtime import reserved_port, unusable_port
from api.settings import Settings
from ledger.coalescer import Coalescer

_GRACE_SECONDS: Final = 10
"""How long requests that run may take to finish after a stop."""


class _Server(uvicorn.Server):
    """A server that says when it listens, and keeps a request to stop to itself.

    So nobody opens a page too early, and what follows a stop can clean up.
    """

    def __init__(self, config: uvicorn.Config, told: str) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and say so.

        :raises EnvironmentProblem: another program began to listen on the port first.
        """
        try:
            await super().startup(sockets)
        except OSError as problem:
            host, port, *_ = sockets[0].getsockname() if sockets else ("", 0)
            raise unusable_port(host, port, problem) from problem
        if self.started:
            say(self._told)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the first signal; at a second Ctrl-C requests that run are left."""
        asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self.handle_exit) for number in asked}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Beside(uvicorn.Server):
    """A server that another one stops, and no signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the other server."""
        yield


async def serve(desk: Desk, settings: Settings, held: socket.socket, *, told: str) -> None:
    """Serve on a port that is held already; ends on Ctrl-C or SIGTERM.

    ``told`` is said as soon as it listens. Figures about it are on a port of their own, when the
    settings name one.

    :raises EnvironmentProblem: with these settings nobody, or anybody, could get in, or another
        program listens on the port.
    """
    http = client_for_providers()
    verifier = verifier_for(settings, desk.database.key_folder, http)
    configure_logging(settings.log_format)
    metrics = Metrics()
    coalescer = Coalescer(metrics.counting(partial(db.posts, desk.engine)), desk.clock.now)
    app = create_app(
        settings=settings,
        engine=desk.engine,
        clock=desk.clock,
        verifier=verifier,
        coalescer=coalescer,
        metrics=metrics,
    )
    server = _Server(_config(app), told)
    beside = MetricsApp(metrics, desk.engine, desk.database.checkpoint_folder)
    try:
        async with _measured(beside, settings):
            await server.serve(sockets=[held])
    finally:
        await coalescer.aclose()
        await http.aclose()


@asynccontextmanager
async def _measured(app: MetricsApp, settings: Settings) -> AsyncIterator[None]:
    """Give the figures at their own address, as long as the block runs.

    :raises EnvironmentProblem: another program uses that port.
    """
    if settings.metrics_port is None:
        yield
        return
    host, port = settings.metrics_host, settings.metrics_port
    with reserved_port(host, port, chosen_by="ONTSCHOT_MEETHAVEN") as held:
        server = _Beside(_config(app))
        task = asyncio.create_task(server.serve(sockets=[held]))
        try:
            yield
        finally:
            server.should_exit = True
            await task


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
