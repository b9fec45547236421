"""The migrations and the tables say the same, from nothing up and all the way down again."""

from pathlib import Path

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import BackwardsMigrationManager
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from appliance.db import migrate
from appliance.db.engine import Database
from appliance.db.piccolo_app import APP_CONFIG
from appliance.errors import SettingsError

MIGRATIONS = Path(migrate.__file__).parent / "piccolo_migrations"


async def test_the_tables_are_what_the_migrations_make(database: Database) -> None:
    await migrate.check_current(database)
    changes = await AutoMigrationManager(auto_input="y").get_alter_statements(app_config=APP_CONFIG)
    statements = [line for change in changes for line in change.statements]
    assert statements == []


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert await migrate.upgrade(database) == ()


async def test_every_migration_can_be_taken_back_and_applied_again(database: Database) -> None:
    state = await migrate.schema_state(database)
    manager = BackwardsMigrationManager(
        app_name=migrate.APP_NAME, migration_id=state.applied[0], auto_agree=True, clean=False
    )
    await manager.run()
    left = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [row["tablename"] for row in left] == ["migration"]
    assert await migrate.upgrade(database) == state.applied


async def test_a_database_of_a_newer_release_is_left_alone(database: Database) -> None:
    await database.fetch(
        "INSERT INTO migration (name, app_name, ran_on) VALUES ({}, {}, now())",
        "2999-01-01T00:00:00:000000",
        "scene_sense",
    )
    with pytest.raises(SettingsError, match="newer release"):
        await migrate.upgrade(database)
    with pytest.raises(SettingsError, match="newer release"):
        await migrate.check_current(database)


async def test_a_vector_of_the_wrong_size_is_refused_by_the_database(database: Database) -> None:
    await database.fetch("INSERT INTO model (identity, name, dimension) VALUES ('x', 'x', 3)")
    owner = await database.fetch_one(
        "INSERT INTO account (id, name) VALUES (gen_random_uuid(), 'a') RETURNING id"
    )
    assert owner is not None
    asset = await database.fetch_one(
        "INSERT INTO asset (id, owner, filename, sha256, bytes, mime, width, height, thumbhash, mean_color)"
        " VALUES (gen_random_uuid(), {}, 'a.jpg', {}, 1, 'image/jpeg', 1, 1, {}, 0) RETURNING id",
        owner["id"],
        bytes(32),
        b"",
    )
    assert asset is not None
    with pytest.raises(asyncpg.CheckViolationError, match="has 3 dimensions, not 2"):
        await database.fetch(
            "INSERT INTO embedding (asset, model, owner, vector) SELECT {}, id, {}, '[1,2]' FROM model",
            asset["id"],
            owner["id"],
        )


def test_each_migration_says_what_it_is_for() -> None:
    files = [path for path in MIGRATIONS.glob("*.py") if path.name != "__init__.py"]
    assert len(files) >= 2
    assert all(path.read_text(encoding="utf-8").startswith('"""') for path in files)
