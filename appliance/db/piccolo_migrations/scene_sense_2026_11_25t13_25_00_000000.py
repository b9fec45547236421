"""What Piccolo can't say about the scrub's table; each index names the query that it is for.

scrub_oldest               scrub: what was not checked for the longest time
scrub_bad                  the list of originals that are not as they should be
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-25T13:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and indexes of the scrub"

STATEMENTS = """
DO $migration$ BEGIN
ALTER TABLE scrub ADD CONSTRAINT scrub_outcome CHECK (outcome IN ('ok', 'missing', 'damaged', 'unreadable'));
CREATE INDEX scrub_oldest ON scrub (checked_at, asset);
CREATE INDEX scrub_bad ON scrub (checked_at, asset) WHERE outcome <> 'ok';
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP INDEX scrub_bad, scrub_oldest;
ALTER TABLE scrub DROP CONSTRAINT scrub_outcome;
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
