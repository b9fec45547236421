"""What people's accounts, sessions and shares need; each index names the query that it is for.

share_once                 one row for each thing and subject
share_folder               the shares of a folder
account_email              linking by a verified address
session_issuer             back-channel logout: the sessions of an identity
session_previous           a token that was just replaced still works for a moment
attempt_once               one count for each account and place
audit_action               the log of one kind of event, latest first
audit_actor                the log of one person, latest first

The oldest administrator's role is pinned: no group at an identity provider takes it away.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T14:35:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and indexes of people"

STATEMENTS = """
DO $migration$ BEGIN
ALTER TABLE share ADD CONSTRAINT share_once UNIQUE NULLS NOT DISTINCT (folder, album, subject);
ALTER TABLE share ADD CONSTRAINT share_may CHECK (may IN ('view', 'add'));
ALTER TABLE share ADD CONSTRAINT share_not_to_oneself CHECK (subject <> owner);
CREATE INDEX share_folder ON share (folder) WHERE folder IS NOT NULL;
ALTER TABLE invite ADD CONSTRAINT invite_role CHECK (role IN ('admin', 'member', 'viewer'));
ALTER TABLE account ADD CONSTRAINT account_quota CHECK (quota_bytes >= 0);
CREATE INDEX account_email ON account (lower(email)) WHERE email_verified;
CREATE INDEX session_issuer ON session (issuer, sub, sid) WHERE issuer IS NOT NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX session_previous ON session (previous_sha256) WHERE previous_sha256 IS NOT NULL;
ALTER TABLE sign_in_flow ADD CONSTRAINT sign_in_flow_purpose CHECK (purpose IN ('login', 'connect', 'confirm'));
ALTER TABLE attempt ADD CONSTRAINT attempt_once UNIQUE (account, place);
CREATE INDEX audit_action ON audit (action, id DESC);
CREATE INDEX audit_actor ON audit (actor, id DESC);
UPDATE account SET pinned = TRUE WHERE id = (
    SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL ORDER BY created_at, id LIMIT 1
);
END $migration$
"""

REVERSE = """
DO $migration$ BEGIN
DROP INDEX audit_actor, audit_action, session_previous, session_issuer, account_email, share_folder;
ALTER TABLE attempt DROP CONSTRAINT attempt_once;
ALTER TABLE sign_in_flow DROP CONSTRAINT sign_in_flow_purpose;
ALTER TABLE account DROP CONSTRAINT account_quota;
ALTER TABLE invite DROP CONSTRAINT invite_role;
ALTER TABLE share DROP CONSTRAINT share_not_to_oneself, DROP CONSTRAINT share_may, DROP CONSTRAINT share_once;
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
