"""Folders: one tree per person, each row knowing its whole path."""

from uuid import UUID

from appliance.db.engine import Database
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.organise import FolderSummary


async def ensure_folder(db: Database, owner: UUID, path: str) -> UUID:
    """The id of the folder at this clean path, made with all its parents where it is missing.

    Call it inside a transaction: a folder is only made while holding the owner's lock, which ends with it.
    """
    found = await db.fetch_one("SELECT id FROM folder WHERE owner = {} AND path = {}", owner, path)
    if found is None:
        # Without the lock, two makers of one path would each give its children a different parent.
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended({}, 1))", f"folder:{owner}")
        await db.fetch(
            """
            WITH part AS (
                SELECT name, level,
                       array_to_string((string_to_array({}::text, '/'))[:level], '/') AS path,
                       array_to_string((string_to_array({}::text, '/'))[:level - 1], '/') AS parent_path
                FROM unnest(string_to_array({}::text, '/')) WITH ORDINALITY AS p (name, level)
            ), wanted AS (
                SELECT part.*, coalesce(f.id, gen_random_uuid()) AS id, f.id IS NULL AS missing
                FROM part LEFT JOIN folder f ON f.owner = {} AND f.path = part.path
            )
            INSERT INTO folder (id, owner, parent, name, path)
            SELECT w.id, {}, above.id, w.name, w.path
            FROM wanted w LEFT JOIN wanted above ON above.path = w.parent_path
            WHERE w.missing
            ORDER BY w.level
            """,
            path, path, path, owner, owner,
        )  # fmt: skip
        found = await db.fetch_one("SELECT id FROM folder WHERE owner = {} AND path = {}", owner, path)
    if found is None:
        raise LookupError(f"the folder {path!r} vanished while it was made")
    folder_id: UUID = found["id"]
    return folder_id


async def list_folders(db: Database, viewer: Viewer) -> tuple[FolderSummary, ...]:
    """All folders of a person in the order of their paths, at most 10,000."""
    rows = await db.fetch(
        """
        SELECT f.path, coalesce(counted.assets, 0) AS assets
        FROM folder f LEFT JOIN (
            SELECT a.folder, count(*) AS assets FROM asset a WHERE {} AND {} GROUP BY a.folder
        ) counted ON counted.folder = f.id
        WHERE f.owner = {}
        ORDER BY string_to_array(f.path, '/')
        LIMIT 10000
        """,
        visible_to(viewer), searchable(), viewer.user_id,
    )  # fmt: skip
    return tuple(FolderSummary(path=row["path"], assets=row["assets"]) for row in rows)
