"""Rules of albums: found without a look at other albums, and whoever caches what people may see told when they bite.

album_rule                 the rules that come with everybody who signs in; few, whatever the number of albums

What a rule lets through may end with any column that a filter reads, with a tag or with its name.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T19:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "index and triggers of albums with a rule"

STATEMENTS = """
DO $migration$ BEGIN
CREATE INDEX album_rule ON album (owner) WHERE rule IS NOT NULL;

CREATE FUNCTION tell_access_by_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM album WHERE rule IS NOT NULL) THEN
        PERFORM pg_notify('scene_sense_access', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER asset_rules AFTER UPDATE OF taken_at, uploaded_at, mime, kind, camera, favourite, rating ON asset
    FOR EACH STATEMENT EXECUTE FUNCTION tell_access_by_rules();
CREATE TRIGGER asset_tag_rules AFTER UPDATE OR DELETE ON asset_tag
    FOR EACH STATEMENT EXECUTE FUNCTION tell_access_by_rules();
CREATE TRIGGER tag_rules AFTER UPDATE OR DELETE ON tag FOR EACH STATEMENT EXECUTE FUNCTION tell_access_by_rules();
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP FUNCTION tell_access_by_rules CASCADE;
DROP INDEX album_rule;
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
