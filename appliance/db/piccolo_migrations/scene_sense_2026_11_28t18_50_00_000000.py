"""What arranging a library needs: its log of changes, kept by triggers, and rules that columns can't say.

change_owner               live events after an id
change_shown               revisions of lists, without a look at the rows
asset_timeline             the timeline of one person without a look at the rows; in place of asset_taken
asset_folder_taken         a month of the timeline in the folders that are shared with somebody
asset_camera               the cameras of one person
edit_item_waiting          the next items of an edit
transfer_waiting           the uploads in pieces that are under way
rejected_owner             the refused files of one person, latest first
purge_hold_open            at most one purge waits to be released

Whoever holds an answer to "may this person see it?" listens to ``scene_sense_access`` and forgets it when told.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T18:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "triggers, constraints and indexes of arranging"

STATEMENTS = """
DO $migration$ BEGIN
ALTER TABLE folder ADD CONSTRAINT folder_default_ttl CHECK (default_ttl_seconds > 0);
ALTER TABLE asset ADD CONSTRAINT asset_quarantine CHECK ((quarantined_at IS NULL) = (quarantine_code IS NULL));
ALTER TABLE tag ADD CONSTRAINT tag_color CHECK (color BETWEEN 0 AND 16777215);
ALTER TABLE edit ADD CONSTRAINT edit_state CHECK (state IN ('running', 'done', 'failed', 'undoing', 'undone'));
ALTER TABLE edit_item ADD CONSTRAINT edit_item_state
    CHECK (state IN ('waiting', 'done', 'skipped', 'undone', 'kept'));
ALTER TABLE edit_item ADD CONSTRAINT edit_item_once UNIQUE (edit, asset);
ALTER TABLE transfer ADD CONSTRAINT transfer_bytes CHECK (bytes >= 0);

CREATE INDEX change_owner ON change (owner, id);
CREATE INDEX change_shown ON change (owner, id) INCLUDE (at)
    WHERE kind IN ('asset', 'tag', 'folder', 'album', 'share', 'trim');
CREATE INDEX asset_timeline ON asset (owner, taken_at DESC NULLS LAST, id DESC)
    INCLUDE (width, height, mean_color, expires_at) WHERE state = 'active';
DROP INDEX asset_taken;
CREATE INDEX asset_folder_taken ON asset (folder, taken_at DESC NULLS LAST) WHERE state = 'active';
CREATE INDEX asset_camera ON asset (owner, camera) WHERE state = 'active';
CREATE INDEX edit_item_waiting ON edit_item (edit, state, id);
CREATE INDEX transfer_waiting ON transfer (owner, created_at) WHERE finished_at IS NULL;
CREATE INDEX rejected_owner ON rejected (owner, rejected_at DESC, id DESC);
CREATE UNIQUE INDEX purge_hold_open ON purge_hold ((TRUE)) WHERE released_at IS NULL;
CREATE INDEX share_album ON share (album) WHERE album IS NOT NULL;
CREATE INDEX album_asset_order ON album_asset (album, position, id);

CREATE FUNCTION tell_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('scene_sense_access', '');
    RETURN NULL;
END
$$;

-- Whom a rule shows what depends on more than where an asset is.
CREATE FUNCTION tell_access_by_rule(owners uuid[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('scene_sense_access', '')
    WHERE EXISTS (
        SELECT FROM album b JOIN share s ON s.album = b.id WHERE b.owner = ANY(owners) AND b.rule IS NOT NULL
    )
$$;

CREATE FUNCTION log_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change (owner, kind, assets)
        SELECT owner, 'asset', CASE WHEN count(*) <= 1000 THEN array_agg(id) END FROM new_rows GROUP BY owner;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO change (owner, kind, assets)
        SELECT owner, 'asset', CASE WHEN count(*) <= 1000 THEN array_agg(id) END FROM old_rows GROUP BY owner;
        PERFORM pg_notify('scene_sense_access', '') FROM old_rows LIMIT 1;
    ELSE
        INSERT INTO change (owner, kind, assets)
        SELECT owner, 'asset', CASE WHEN count(*) <= 1000 THEN array_agg(id) END
        FROM (SELECT id, owner FROM new_rows UNION SELECT id, owner FROM old_rows) AS touched GROUP BY owner;
        PERFORM pg_notify('scene_sense_access', '') FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE (o.owner, o.folder, o.state, o.expires_at, o.media_version)
            IS DISTINCT FROM (n.owner, n.folder, n.state, n.expires_at, n.media_version)
        LIMIT 1;
        PERFORM tell_access_by_rule((SELECT array_agg(DISTINCT owner) FROM old_rows));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER asset_added AFTER INSERT ON asset REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_assets();
CREATE TRIGGER asset_changed AFTER UPDATE ON asset REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_assets();
CREATE TRIGGER asset_removed AFTER DELETE ON asset REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_assets();

CREATE FUNCTION log_asset_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Tags that go with their asset need no word.
    INSERT INTO change (owner, kind, assets)
    SELECT a.owner, 'asset', CASE WHEN count(*) <= 1000 THEN array_agg(DISTINCT a.id) END
    FROM touched_rows r JOIN asset a ON a.id = r.asset GROUP BY a.owner;
    PERFORM tell_access_by_rule(
        (SELECT array_agg(DISTINCT a.owner) FROM touched_rows r JOIN asset a ON a.id = r.asset)
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER asset_tag_added AFTER INSERT ON asset_tag REFERENCING NEW TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_asset_tags();
CREATE TRIGGER asset_tag_removed AFTER DELETE ON asset_tag REFERENCING OLD TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_asset_tags();

-- Of tags, folders and albums: their kind is the trigger's argument.
CREATE FUNCTION log_owned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (owner, kind) VALUES (coalesce(NEW.owner, OLD.owner), TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE TRIGGER tag_logged AFTER INSERT OR UPDATE OR DELETE ON tag FOR EACH ROW EXECUTE FUNCTION log_owned('tag');
CREATE TRIGGER folder_logged AFTER INSERT OR UPDATE OR DELETE ON folder
    FOR EACH ROW EXECUTE FUNCTION log_owned('folder');
CREATE TRIGGER album_logged AFTER INSERT OR UPDATE OR DELETE ON album
    FOR EACH ROW EXECUTE FUNCTION log_owned('album');
CREATE TRIGGER edit_logged AFTER INSERT OR UPDATE ON edit FOR EACH ROW EXECUTE FUNCTION log_owned('edit');

CREATE FUNCTION log_album_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (owner, kind, assets)
    SELECT b.owner, 'album', CASE WHEN count(*) <= 1000 THEN array_agg(DISTINCT r.asset) END
    FROM touched_rows r JOIN album b ON b.id = r.album GROUP BY b.owner;
    RETURN NULL;
END
$$;
CREATE TRIGGER album_asset_added AFTER INSERT ON album_asset REFERENCING NEW TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_album_assets();
CREATE TRIGGER album_asset_moved AFTER UPDATE ON album_asset REFERENCING NEW TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_album_assets();
CREATE TRIGGER album_asset_removed AFTER DELETE ON album_asset REFERENCING OLD TABLE AS touched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_album_assets();

-- Both sides of a share see other things than before; without a subject everybody does.
CREATE FUNCTION log_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (owner, kind) VALUES (coalesce(NEW.owner, OLD.owner), 'share');
    INSERT INTO change (owner, kind) VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.subject ELSE NEW.subject END, 'share');
    RETURN NULL;
END
$$;
CREATE TRIGGER share_logged AFTER INSERT OR UPDATE OR DELETE ON share FOR EACH ROW EXECUTE FUNCTION log_share();

CREATE FUNCTION log_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (owner, kind, assets)
    SELECT a.owner, 'job', CASE WHEN count(*) <= 1000 THEN array_agg(DISTINCT a.id) END
    FROM new_rows n JOIN old_rows o ON o.id = n.id JOIN asset a ON a.id = n.asset
    WHERE n.state <> o.state AND (n.state IN ('done', 'failed') OR o.state = 'failed') GROUP BY a.owner;
    RETURN NULL;
END
$$;
CREATE TRIGGER job_logged AFTER UPDATE ON job REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION log_jobs();

CREATE FUNCTION log_everybody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (owner, kind) VALUES (NULL, TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE TRIGGER model_logged AFTER INSERT OR UPDATE OR DELETE ON model
    FOR EACH STATEMENT EXECUTE FUNCTION log_everybody('model');
CREATE TRIGGER active_model_logged AFTER INSERT OR UPDATE ON active_model
    FOR EACH STATEMENT EXECUTE FUNCTION log_everybody('model');
CREATE TRIGGER purge_hold_logged AFTER INSERT OR UPDATE OR DELETE ON purge_hold
    FOR EACH STATEMENT EXECUTE FUNCTION log_everybody('purge');

CREATE TRIGGER share_access AFTER INSERT OR UPDATE OR DELETE ON share
    FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER album_access AFTER UPDATE OR DELETE ON album FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER album_asset_access AFTER UPDATE OR DELETE ON album_asset
    FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER tag_access AFTER UPDATE OR DELETE ON tag FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER folder_access AFTER UPDATE OR DELETE ON folder FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER session_access AFTER UPDATE ON session FOR EACH ROW
    WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.token_sha256 IS DISTINCT FROM NEW.token_sha256
          OR OLD.rotate IS DISTINCT FROM NEW.rotate OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
    EXECUTE FUNCTION tell_access();
CREATE TRIGGER session_removed AFTER DELETE ON session FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER api_key_access AFTER UPDATE ON api_key FOR EACH ROW
    WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
    EXECUTE FUNCTION tell_access();
CREATE TRIGGER api_key_removed AFTER DELETE ON api_key FOR EACH STATEMENT EXECUTE FUNCTION tell_access();
CREATE TRIGGER account_access AFTER UPDATE ON account FOR EACH ROW
    WHEN ((OLD.role, OLD.disabled_at, OLD.deleted_at) IS DISTINCT FROM (NEW.role, NEW.disabled_at, NEW.deleted_at))
    EXECUTE FUNCTION tell_access();
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP FUNCTION tell_access, tell_access_by_rule, log_assets, log_asset_tags, log_owned, log_album_assets, log_share,
    log_jobs, log_everybody
    CASCADE;
DROP INDEX album_asset_order, share_album, purge_hold_open, rejected_owner, transfer_waiting, edit_item_waiting,
    asset_camera, asset_folder_taken, asset_timeline, change_shown, change_owner;
CREATE INDEX asset_taken ON asset (owner, taken_at) WHERE state = 'active';
ALTER TABLE transfer DROP CONSTRAINT transfer_bytes;
ALTER TABLE edit_item DROP CONSTRAINT edit_item_once, DROP CONSTRAINT edit_item_state;
ALTER TABLE edit DROP CONSTRAINT edit_state;
ALTER TABLE tag DROP CONSTRAINT tag_color;
ALTER TABLE asset DROP CONSTRAINT asset_quarantine;
ALTER TABLE folder DROP CONSTRAINT folder_default_ttl;
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
