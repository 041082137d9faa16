"""Serving the web application until somebody stops it."""

import socket
from typing import Final

from api import db
from api.cli.desk import Desk
from api.settings import Settings
from api.tokens import Verifier, check_development
from ledger.coalescer import Coalescer

_GRACE_SECONDS: Final = 10
"""How long requests that run may take to finish after a stop."""


async def serve(desk: Desk, settings: Settings, held: socket.socket) -> None:
    """Serve on a port that is held already; ends on Ctrl-C or SIGTERM.

    :raises EnvironmentProblem: tokens of our own making are not safe with these settings.
    """
    # The web is heavy; who only loads or signs does not wait for it.
    import uvicorn

    from api.http.app import create_app

    check_development(settings)
    coalescer = Coalescer(lambda gemeente: db.transaction(desk.engine, gemeente), desk.clock.now)
    app = create_app(
        settings=settings,
        engine=desk.engine,
        clock=desk.clock,
        verifier=Verifier(desk.database.key_folder),
        coalescer=coalescer,
    )
    server = uvicorn.Server(
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


def address_of(host: str, port: int) -> str:
    """Write the address that a browser opens."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
