"""What sets of vectors need; the index and the constraint name what they are for.

golden_vector_once         one vector for each input of a model
model_state                a set is filled, kept up, left alone, or on its way out
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T11:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints of sets of vectors"

STATEMENTS = """
DO $migration$ BEGIN
ALTER TABLE golden_vector ADD CONSTRAINT golden_vector_once UNIQUE (model, input);
ALTER TABLE model ADD CONSTRAINT model_state CHECK (state IN ('filling', 'ready', 'paused', 'dropping'));
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
ALTER TABLE model DROP CONSTRAINT model_state;
ALTER TABLE golden_vector DROP CONSTRAINT golden_vector_once;
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
