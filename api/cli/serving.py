"""Serving the web application until somebody stops it."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import uvicorn

from api import db
from api.bearer import verifier_for
from api.cli.desk import Desk
from api.http.app import create_app
from api.issuers import client_for_providers
from api.logging import configure_logging
from api.settings import Settings
from ledger.coalescer import Coalescer

_GRACE_SECONDS: Final = 10
"""How long requests that run may take to finish after a stop."""


class _Server(uvicorn.Server):
    """A server that keeps a request to stop to itself, so that what follows can clean up."""

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


async def serve(desk: Desk, settings: Settings, held: socket.socket) -> None:
    """Serve on a port that is held already; ends on Ctrl-C or SIGTERM.

    :raises EnvironmentProblem: with these settings nobody, or anybody, could get in.
    """
    http = client_for_providers()
    verifier = verifier_for(settings, desk.database.key_folder, http)
    configure_logging(settings.log_format)
    coalescer = Coalescer(partial(db.posts, desk.engine), desk.clock.now)
    app = create_app(
        settings=settings,
        engine=desk.engine,
        clock=desk.clock,
        verifier=verifier,
        coalescer=coalescer,
    )
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    try:
        await server.serve(sockets=[held])
    finally:
        await coalescer.aclose()
        await http.aclose()
