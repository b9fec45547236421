"""Constraints and indexes that Piccolo can't say; each index names the query that it is for.

asset_owner_sha256         upload: is this file here already?
asset_newest               browse: one person's assets, newest first
asset_taken                filters and the timeline by date taken
asset_expiring             sweep: what has expired
asset_to_purge             purge: what may go
folder_owner_path          filters by folder and below (text_pattern_ops for the prefix)
tag_owner_name             filters by tag, any case
embedding_asset_model      writing a vector once; a picture's own vector
embedding_model_owner      exact scans of one person's vectors
job_asset_kind_model       one row per piece of work
job_pending                claim
job_leased                 sweep: leases that ran out
job_failed                 the list of failed items
upload_created             sweep: uploads that a crash cut off
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-23T01:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and indexes"

# One statement, as the driver prepares what it is given: a block of many.
STATEMENTS = """
DO $migration$ BEGIN
ALTER TABLE account ADD CONSTRAINT account_role CHECK (role IN ('admin', 'member', 'viewer'));
CREATE UNIQUE INDEX account_name_any_case ON account (lower(name));
ALTER TABLE identity ADD CONSTRAINT identity_issuer_sub UNIQUE (issuer, sub);

CREATE UNIQUE INDEX folder_owner_path ON folder (owner, path text_pattern_ops);
CREATE INDEX folder_parent ON folder (parent);

ALTER TABLE asset ADD CONSTRAINT asset_state CHECK (state IN ('active', 'trashed', 'purging'));
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind IN ('image', 'video'));
ALTER TABLE asset ADD CONSTRAINT asset_sha256 CHECK (octet_length(sha256) = 32);
ALTER TABLE asset ADD CONSTRAINT asset_rating CHECK (rating BETWEEN 1 AND 5);
ALTER TABLE asset ADD CONSTRAINT asset_trash CHECK ((state = 'active') = (trashed_at IS NULL));
CREATE UNIQUE INDEX asset_owner_sha256 ON asset (owner, sha256) WHERE state <> 'purging';
CREATE INDEX asset_newest ON asset (owner, uploaded_at DESC, id DESC) WHERE state = 'active';
CREATE INDEX asset_taken ON asset (owner, taken_at) WHERE state = 'active';
CREATE INDEX asset_expiring ON asset (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;
CREATE INDEX asset_to_purge ON asset (purge_after) WHERE state <> 'active';

CREATE UNIQUE INDEX tag_owner_name ON tag (owner, lower(name));
ALTER TABLE asset_tag ADD CONSTRAINT asset_tag_once UNIQUE (asset, tag);
ALTER TABLE album_asset ADD CONSTRAINT album_asset_once UNIQUE (album, asset);
ALTER TABLE share ADD CONSTRAINT share_one_thing CHECK (num_nonnulls(folder, album) = 1);

ALTER TABLE active_model ADD CONSTRAINT active_model_one_row CHECK (id = 1);

ALTER TABLE embedding ALTER COLUMN vector SET STORAGE PLAIN;
ALTER TABLE golden_vector ALTER COLUMN vector SET STORAGE PLAIN;
ALTER TABLE embedding ADD CONSTRAINT embedding_asset_model UNIQUE (asset, model, moment_ms);
CREATE INDEX embedding_model_owner ON embedding (model, owner);

CREATE FUNCTION embedding_check_dimension() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    expected integer;
BEGIN
    SELECT dimension INTO expected FROM model WHERE id = NEW.model;
    IF vector_dims(NEW.vector) <> expected THEN
        RAISE EXCEPTION 'a vector of model % has % dimensions, not %',
            NEW.model, expected, vector_dims(NEW.vector) USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER embedding_dimension BEFORE INSERT OR UPDATE OF vector, model ON embedding
    FOR EACH ROW EXECUTE FUNCTION embedding_check_dimension();

ALTER TABLE job ADD CONSTRAINT job_state CHECK (state IN ('pending', 'running', 'done', 'failed'));
ALTER TABLE job ADD CONSTRAINT job_asset_kind_model UNIQUE NULLS NOT DISTINCT (asset, kind, model);
CREATE INDEX job_pending ON job (kind, model, priority DESC, id) WHERE state = 'pending';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_failed ON job (changed_at) WHERE state = 'failed';

CREATE INDEX upload_created ON upload (created_at);
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP INDEX upload_created, job_failed, job_leased, job_pending, embedding_model_owner, tag_owner_name,
    asset_to_purge, asset_expiring, asset_taken, asset_newest, asset_owner_sha256, folder_parent,
    folder_owner_path, account_name_any_case;
ALTER TABLE job DROP CONSTRAINT job_asset_kind_model, DROP CONSTRAINT job_state;
DROP TRIGGER embedding_dimension ON embedding;
DROP FUNCTION embedding_check_dimension();
ALTER TABLE embedding DROP CONSTRAINT embedding_asset_model;
ALTER TABLE active_model DROP CONSTRAINT active_model_one_row;
ALTER TABLE share DROP CONSTRAINT share_one_thing;
ALTER TABLE album_asset DROP CONSTRAINT album_asset_once;
ALTER TABLE asset_tag DROP CONSTRAINT asset_tag_once;
ALTER TABLE asset DROP CONSTRAINT asset_trash, DROP CONSTRAINT asset_rating, DROP CONSTRAINT asset_sha256,
    DROP CONSTRAINT asset_kind, DROP CONSTRAINT asset_state;
ALTER TABLE identity DROP CONSTRAINT identity_issuer_sub;
ALTER TABLE account DROP CONSTRAINT account_role;
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
