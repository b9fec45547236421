"""Recent searches and refused tags: each once, and found in their order.

recent_search_once      each text once for each person
recent_search_latest    the latest ones of a person
tag_rejection_once      what was refused for a tag, and once

None of it is anything that lists show, so no trigger tells of it.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-29T03:27:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of recent searches and refused tags"

STATEMENTS = """
DO $migration$ BEGIN
CREATE UNIQUE INDEX recent_search_once ON recent_search (owner, md5(text));
CREATE INDEX recent_search_latest ON recent_search (owner, used_at DESC, id DESC);
CREATE UNIQUE INDEX tag_rejection_once ON tag_rejection (tag, asset);
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP INDEX recent_search_once, recent_search_latest, tag_rejection_once;
END $migration$
"""


async def constrain() -> None:
    # Found anew each time: a table would remember the first database of this process.
    await engine_finder().run_ddl(STATEMENTS)


async def release() -> None:
    await engine_finder().run_ddl(REVERSE)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    manager.add_raw(constrain)
    manager.add_raw_backwards(release)
    return manager
