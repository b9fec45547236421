"""The log of changes is kept short while very much changes, not only when the sweep comes by.

A revision reads all rows of whom a person sees, which a mass upload would make ever more of. Readers of the log follow
at most the newest 5,000; so of whoever has more than 12,000 the newest 6,000 stay, and a row in place of the others.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T23:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "log of changes kept short at all times"

STATEMENTS = """
DO $migration$ BEGIN
CREATE FUNCTION shorten_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person uuid;
BEGIN
    FOR person IN
        SELECT owner FROM change WHERE owner IS NOT NULL GROUP BY owner HAVING count(*) > 12000
    LOOP
        -- What somebody else is just removing stays their business: nobody waits here.
        DELETE FROM change WHERE id IN (
            SELECT id FROM change WHERE owner = person
                AND id < (SELECT id FROM change WHERE owner = person ORDER BY id DESC OFFSET 5999 LIMIT 1)
            FOR UPDATE SKIP LOCKED
        );
        IF FOUND THEN
            INSERT INTO change (owner, kind) VALUES (person, 'trim');
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
-- Looking costs some milliseconds; so it is done now and then.
CREATE TRIGGER change_shortened AFTER INSERT ON change FOR EACH ROW
    WHEN (NEW.id % 1000 = 0 AND NEW.kind <> 'trim') EXECUTE FUNCTION shorten_changes();
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP FUNCTION shorten_changes CASCADE;
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
