"""``scene-sense db upgrade|check|new``: the database's schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.db.engine import Database, open_database
from appliance.db.migrate import SchemaState, check_current, schema_state, upgrade, write_new
from appliance.db.preflight import check_database
from appliance.embedded.urls import urls
from appliance.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="The database's schema.", rich_markup_mode=None)
    group.command("upgrade")(upgrade_verb)
    group.command("check")(check_verb)
    group.command("new")(new_verb)
    app.add_typer(group, name="db")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    url, _ = urls(settings)
    await check_database(url)
    async with open_database(url, pool_size=2) as database:
        yield database


def upgrade_verb(context: typer.Context, as_json: JsonOption = False) -> None:
    """Bring the database to this release's schema; doing it twice does no harm."""
    settings = settings_of(context)

    async def work() -> tuple[str, ...]:
        async with _opened(settings) as database:
            return await upgrade(database)

    applied = run(work())
    if as_json:
        print_json({"applied": applied})
    elif applied:
        typer.echo(f"Applied {len(applied)} migration(s): {', '.join(applied)}")
    else:
        typer.echo("The schema is current.")


def check_verb(context: typer.Context, as_json: JsonOption = False) -> None:
    """Say whether the schema is this release's; ends with 1 when it is not."""
    settings = settings_of(context)

    async def work() -> SchemaState:
        async with _opened(settings) as database:
            state = await schema_state(database)
            if as_json:
                print_json(state)
            await check_current(database)
            return state

    state = run(work())
    if not as_json:
        typer.echo(f"The schema is current ({len(state.applied)} migrations).")


def new_verb(
    context: typer.Context, description: Annotated[str, typer.Argument(help="What the migration does.")]
) -> None:
    """Write a migration file for what changed in the tables (for developers, in a checkout)."""
    settings = settings_of(context)

    async def work() -> None:
        async with _opened(settings) as database:
            await upgrade(database)
            await write_new(database, description)

    run(work())
