"""``scene-sense storage init|status``: the volume that holds the originals."""

import asyncio
from uuid import UUID

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, run, settings_of
from appliance.db.engine import open_database
from appliance.db.migrate import schema_state
from appliance.db.volumes import find_volume
from appliance.embedded.urls import urls
from appliance.errors import Conflict, DatabaseUnavailable
from appliance.library.volume import open_volume
from appliance.media.volume import Volume
from appliance.records.media import VolumeStatus
from appliance.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="The volume that holds the originals.", rich_markup_mode=None)
    group.command("init")(init)
    group.command("status")(status)
    app.add_typer(group, name="storage")


def init(context: typer.Context, as_json: JsonOption = False) -> None:
    """Prepare STORAGE_PATH for a new library: make the folder, and its identity in it."""
    settings = settings_of(context)

    async def work() -> UUID:
        known = await _known(settings)
        if known is not None:
            raise Conflict(
                f"This library already has its volume ({known}); mount it at {settings.storage_path} instead."
            )
        return await asyncio.to_thread(Volume.initialise, settings.storage_path)

    identity = run(work())
    if as_json:
        print_json({"path": settings.storage_path, "identity": identity})
    else:
        typer.echo(f"{settings.storage_path} is ready for a library (volume {identity}).")


async def _known(settings: Settings) -> UUID | None:
    try:
        url, _ = urls(settings)
        async with open_database(url, pool_size=1) as database:
            if (await schema_state(database)).applied:
                return await find_volume(database)
    except DatabaseUnavailable:
        pass  # before the first start there is none, and nothing to disagree with
    return None


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Say whether the volume is there and how much room it has; ends with 1 when it is not there."""
    settings = settings_of(context)

    async def work() -> VolumeStatus:
        url, _ = urls(settings)
        async with open_database(url, pool_size=1) as database:
            volume = await open_volume(database, settings)
            return await asyncio.to_thread(volume.status)

    found = run(work(), log_level="error")
    if as_json:
        print_json(found)
    elif found.state == "online":
        typer.echo(
            f"{found.path}: online, {bytes_text(found.free_bytes)} free of {bytes_text(found.total_bytes)}"
        )
    else:
        typer.echo(f"{found.path}: {found.state}; browsing and search go on, writes are refused")
    if found.state != "online":
        raise typer.Exit(1)
