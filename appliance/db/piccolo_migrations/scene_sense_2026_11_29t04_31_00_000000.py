"""A file that is called exactly so is found at once, however many are called something like it.

asset_called        by the whole name of its file, folded
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-29T04:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "an index of whole file names"


async def make() -> None:
    # Found anew each time: a table would remember the first database of this process.
    await engine_finder().run_ddl(
        "CREATE INDEX asset_called ON asset (left(folded(filename), 200) text_pattern_ops)"
    )


async def drop() -> None:
    await engine_finder().run_ddl("DROP INDEX asset_called")


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
