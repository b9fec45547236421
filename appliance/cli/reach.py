"""Which library a verb works on: this machine's, or one on a server."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from appliance.cli.context import GlobalOptions, settings_of
from appliance.cli.in_process import LocalLibrary, open_here
from appliance.cli.library import Library
from appliance.cli.over_http import RemoteLibrary
from appliance.cli.remote import Remote, address_of
from appliance.cli.shelves import Shelves
from appliance.cli.shelves_here import LocalShelves
from appliance.cli.shelves_over_http import RemoteShelves
from appliance.clip.encoder import TowerName
from appliance.errors import UsageError
from appliance.settings import CLIENT_KEY, CLIENT_SERVER, Settings

ServerOption = Annotated[
    str | None,
    typer.Option(
        help=f"Work on the library at this address, not on this machine's; or set {CLIENT_SERVER}.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        help=f"The key for it; or set {CLIENT_KEY}, which other users of this machine can't see.",
        show_default=False,
    ),
]
UserOption = Annotated[
    str | None,
    typer.Option(help="Account on this machine; the first admin if left out.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the library is: a server with its key, or the settings of this machine and an account."""

    server: str | None
    key: str
    settings: Settings | None
    user: str | None


def reach(context: typer.Context, *, server: str | None, key: str | None, user: str | None) -> Reach:
    """Where these options, then the environment, say that the library is.

    What was typed counts for more: with --data, --env-file or --user it is this machine's library, whatever
    server the environment names.

    Raises:
        UsageError: the options contradict each other, or a key is missing.
        SettingsError: the library is here, and the settings can't be used.
    """
    options = context.find_object(GlobalOptions) or GlobalOptions()
    said_here = bool(options.data or options.env_file or user)
    if server and said_here:
        raise UsageError(
            "--server is about another machine; --data, --env-file and --user are about this one."
        )
    if server is None and not said_here:
        server = os.environ.get(CLIENT_SERVER) or None
    if not server:
        if key:
            raise UsageError("--key goes with --server.")
        return Reach(server=None, key="", settings=settings_of(context), user=user)
    key = key or os.environ.get(CLIENT_KEY)
    if not key:
        raise UsageError(
            f"A server wants a key: --key or {CLIENT_KEY}; make one there with `scene-sense key create`."
        )
    return Reach(server=address_of(server), key=key.strip(), settings=None, user=None)


def _say(line: str) -> None:
    typer.echo(f"scene-sense: {line}", err=True)


@asynccontextmanager
async def open_library(
    to: Reach,
    *,
    towers: frozenset[TowerName] = frozenset(),
    jobs: int = 0,
    decode: bool = False,
    patience_seconds: float = 15.0,
) -> AsyncIterator[Library]:
    """The library, closed at the end.

    ``towers``, ``jobs`` and ``decode``, which load the model and start decoders, are for this machine's library;
    ``patience_seconds``, how long it may be away, for a server.
    """
    if to.server is not None:
        async with Remote(to.server, to.key, patience_seconds=patience_seconds, say=_say) as remote:
            yield RemoteLibrary(remote)
    elif to.settings is not None:
        async with open_here(to.settings, user=to.user, towers=towers, jobs=jobs, decode=decode) as here:
            yield LocalLibrary(*here)


@asynccontextmanager
async def open_shelves(to: Reach) -> AsyncIterator[Shelves]:
    """The library's tags and albums, closed at the end."""
    if to.server is not None:
        async with Remote(to.server, to.key, patience_seconds=15.0, say=_say) as remote:
            yield RemoteShelves(remote)
    elif to.settings is not None:
        async with open_here(to.settings, user=to.user) as here:
            yield LocalShelves(*here)
