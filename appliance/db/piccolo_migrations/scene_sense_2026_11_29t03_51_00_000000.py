"""Pairs and groups: each once, found in their order, and compared anew when something changes that they come from.

likeness_owner          the hashes of one person's pictures
alike_pair_once         each pair once of each kind, and the pairs of an asset
group_member_once       an asset is in one group of each kind, and in which
group_member_group      who is in a group
group_member_owner      the groups of one person
kept_apart_once         what a person said, once
asset_burst             what one camera took within seconds

An asset is noted down when it gets a vector of the active model, and when what it shows, when and with what it was
taken, or whose it is changes; all are when another model becomes active, and now. What is noted down is only added
to, so that nobody waits for whoever is comparing. No list shows any of it, so no trigger tells of it.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-29T03:51:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes and triggers of pictures that are alike"

STATEMENTS = """
DO $migration$ BEGIN
CREATE INDEX likeness_owner ON likeness (owner);
CREATE UNIQUE INDEX alike_pair_once ON alike_pair (one, other, kind);
ALTER TABLE alike_pair ADD CONSTRAINT alike_pair_order CHECK (one < other);
ALTER TABLE alike_pair ADD CONSTRAINT alike_pair_kind CHECK (kind IN ('duplicate', 'burst'));
CREATE UNIQUE INDEX group_member_once ON group_member (asset, kind);
CREATE INDEX group_member_group ON group_member (group_id, kind);
CREATE INDEX group_member_owner ON group_member (owner, kind);
ALTER TABLE group_member ADD CONSTRAINT group_member_kind CHECK (kind IN ('duplicate', 'burst', 'alike'));
CREATE UNIQUE INDEX kept_apart_once ON kept_apart (one, other);
ALTER TABLE kept_apart ADD CONSTRAINT kept_apart_order CHECK (one < other);
CREATE INDEX asset_burst ON asset (owner, camera, taken_at) WHERE camera IS NOT NULL AND taken_at IS NOT NULL;

CREATE FUNCTION note_likeness_of_vectors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO likeness_todo (asset)
    SELECT r.asset FROM new_rows r JOIN active_model m ON m.model = r.model;
    RETURN NULL;
END
$$;
CREATE TRIGGER likeness_of_vector AFTER INSERT ON embedding REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_likeness_of_vectors();

CREATE FUNCTION note_likeness_of_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO likeness_todo (asset)
    SELECT n.id FROM old_rows o JOIN new_rows n ON n.id = o.id
    WHERE (o.owner, o.media_version, o.taken_at, o.taken_source, o.camera)
        IS DISTINCT FROM (n.owner, n.media_version, n.taken_at, n.taken_source, n.camera);
    RETURN NULL;
END
$$;
CREATE TRIGGER likeness_of_asset AFTER UPDATE ON asset REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_likeness_of_assets();

CREATE FUNCTION note_likeness_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO likeness_todo (asset) VALUES (NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER likeness_of_model AFTER INSERT OR UPDATE OF model ON active_model
    FOR EACH ROW EXECUTE FUNCTION note_likeness_of_all();
INSERT INTO likeness_todo (asset) VALUES (NULL);
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP TRIGGER likeness_of_model ON active_model;
DROP TRIGGER likeness_of_asset ON asset;
DROP TRIGGER likeness_of_vector ON embedding;
DROP FUNCTION note_likeness_of_all(), note_likeness_of_assets(), note_likeness_of_vectors();
DROP INDEX asset_burst, kept_apart_once, group_member_owner, group_member_group, group_member_once, alike_pair_once,
    likeness_owner;
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
