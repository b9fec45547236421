"""Brings a database to the schema of this release, once, whoever asks first.

1. A session-level advisory lock keeps two starters apart.
2. Each pending migration runs in a transaction of its own and is recorded with it.
3. A database that knows migrations which this release doesn't have is of a newer release: it is left alone.
"""

import contextlib
import io
import os
from dataclasses import dataclass

from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.commands.new import new
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import Finder

from appliance.db import piccolo_conf
from appliance.db.engine import Database
from appliance.errors import SettingsError

APP_NAME = "scene_sense"

#: Any number, as long as every release uses the same one.
_LOCK = 7203551


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which migrations a database has and which it lacks, by id, oldest first."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    #: Applied ones that this release does not know.
    unknown: tuple[str, ...]


def _bind(database: Database) -> None:
    os.environ["PICCOLO_CONF"] = "appliance.db.piccolo_conf"
    piccolo_conf.DB = database.engine
    Migration._meta.db = database.engine
    for table in Finder().get_table_classes():
        table._meta.db = database.engine


async def schema_state(database: Database) -> SchemaState:
    """How the database's schema relates to this release's; nothing is written, not even Piccolo's own table."""
    _bind(database)
    manager = BaseMigrationManager()
    there = await database.fetch_one("SELECT to_regclass({}) IS NOT NULL AS found", Migration._meta.tablename)
    applied: list[str] = []
    if there and there["found"]:
        applied = await Migration.get_migrations_which_ran(app_name=APP_NAME)
    folder = manager.get_app_config(app_name=APP_NAME).resolved_migrations_folder_path
    known = manager.get_migration_ids(manager.get_migration_modules(folder))
    return SchemaState(
        applied=tuple(sorted(applied)),
        pending=tuple(sorted(set(known) - set(applied))),
        unknown=tuple(sorted(set(applied) - set(known))),
    )


async def check_current(database: Database) -> None:
    """Nothing, when the schema is this release's.

    Raises:
        SettingsError: it is older or newer, with what to do.
    """
    state = await schema_state(database)
    if state.unknown:
        raise SettingsError(
            "The database was made by a newer release of Scene-Sense;"
            " install that release, or restore an older backup."
        )
    if state.pending:
        raise SettingsError(
            f"The database lacks {len(state.pending)} migration(s); run `scene-sense db upgrade`."
        )


async def upgrade(database: Database) -> tuple[str, ...]:
    """The ids of the migrations that were applied now, oldest first.

    Raises:
        SettingsError: the database is of a newer release, or a migration failed and was rolled back.
    """
    async with database.transaction():
        await database.fetch("SELECT pg_advisory_xact_lock({})", _LOCK)
        state = await schema_state(database)
        if state.unknown or not state.pending:
            if state.unknown:
                await check_current(database)
            return ()
        # Piccolo reports its progress by print; the caller reports ours.
        with contextlib.redirect_stdout(io.StringIO()) as said:
            result = await ForwardsMigrationManager(app_name=APP_NAME).run()
        if not result.success:
            raise SettingsError(f"The migration failed and was rolled back: {said.getvalue().strip()[-500:]}")
        return state.pending


async def write_new(database: Database, description: str) -> None:
    """A migration file for what changed in the tables since the last one, written beside the others."""
    _bind(database)
    await new(app_name=APP_NAME, auto=True, desc=description, auto_input="y")
