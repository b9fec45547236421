"""How far an edit was taken back, and an index.

edit_open                  the oldest edit of which something is to be done
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Integer
from piccolo.columns.indexes import IndexMethod
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T18:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "progress of taking an edit back"


async def constrain() -> None:
    # Found anew each time: a table would remember the first database of this process.
    await engine_finder().run_ddl(
        "CREATE INDEX edit_open ON edit (created_at, id) WHERE state IN ('running', 'undoing')"
    )


async def release() -> None:
    await engine_finder().run_ddl("DROP INDEX edit_open")


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    for name in ("undone", "kept"):
        manager.add_column(
            table_class_name="Edit",
            tablename="edit",
            column_name=name,
            db_column_name=name,
            column_class_name="Integer",
            column_class=Integer,
            params={
                "default": 0,
                "null": False,
                "primary_key": False,
                "unique": False,
                "index": False,
                "index_method": IndexMethod.btree,
                "choices": None,
                "db_column_name": None,
                "secret": False,
            },
            schema=None,
        )
    manager.add_raw(constrain)
    manager.add_raw_backwards(release)
    return manager
