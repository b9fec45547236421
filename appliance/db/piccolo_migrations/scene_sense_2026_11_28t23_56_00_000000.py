"""How often the next step of an edit was tried in vain, and from when on it is tried again."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Integer, Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-28T23:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "tries of an edit's next step"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    for name, column_class, default in (("tries", Integer, 0), ("try_after", Timestamptz, None)):
        manager.add_column(
            table_class_name="Edit",
            tablename="edit",
            column_name=name,
            db_column_name=name,
            column_class_name=column_class.__name__,
            column_class=column_class,
            params={
                "default": default,
                "null": default is None,
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
    return manager
