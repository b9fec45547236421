"""Folders: one tree per person, each row knowing its whole path, and others' folders as far as they are shared.

A tree changes only while its owner's lock is held, which ends with the transaction. Whoever may need more than one
person's lock takes :func:`lock_trees` before, so that two of them never wait for each other.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.locks import hold, lock
from appliance.db.opened import covers, shares_with, takes_from
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Named, Role, Sight, Viewer
from appliance.records.sharing import Defaults, FolderSummary, May, Place

#: Lock of whoever changes more than one tree.
_ALL_TREES = "folders"

#: Most of one's own folders that are listed, and most of all others' together.
MAX_FOLDERS = 10_000


async def lock_tree(db: Database, owner: UUID) -> None:
    """Wait until nobody else changes this person's folders or who may add to them."""
    await lock(db, _lock_name(owner))


async def hold_tree(db: Database, owner: UUID) -> None:
    """Wait until nobody changes this person's folders; others may hold them as well."""
    await hold(db, _lock_name(owner))


async def lock_trees(db: Database, owner: UUID) -> None:
    """As :func:`lock_tree`, for whoever goes on to change the trees of further people."""
    await lock(db, _ALL_TREES)
    await lock_tree(db, owner)


async def hold_trees(db: Database, owners: Collection[UUID]) -> None:
    """As :func:`hold_tree`, of several people at once."""
    if len(owners) > 1:
        await hold(db, _ALL_TREES)
    for owner in sorted(owners):
        await hold_tree(db, owner)


def _lock_name(owner: UUID) -> str:
    return f"folder:{owner}"


async def ensure_folder(db: Database, owner: UUID, path: str) -> UUID:
    """The id of the folder at this clean path, made with all its parents where it is missing.

    Call it inside a transaction: a folder is only made while holding the owner's lock, which ends with it. Until
    then nobody moves or deletes the folder.
    """
    found = await _find_at(db, owner, path)
    if found is None:
        # Without the lock, two makers of one path would each give its children a different parent.
        await lock_tree(db, owner)
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
        found = await _find_at(db, owner, path)
    if found is None:
        raise LookupError(f"the folder {path!r} vanished while it was made")
    return found


async def _find_at(db: Database, owner: UUID, path: str) -> UUID | None:
    # Held, so that it is neither renamed nor deleted before something is put in it.
    row = await db.fetch_one(
        "SELECT id FROM folder WHERE owner = {} AND path = {} FOR KEY SHARE", owner, path
    )
    return row["id"] if row else None


async def find_by_path(db: Database, owner: UUID, path: str) -> UUID | None:
    """The id of a person's folder at this clean path."""
    row = await db.fetch_one("SELECT id FROM folder WHERE owner = {} AND path = {}", owner, path)
    return row["id"] if row else None


async def find_place(db: Database, folder_id: UUID) -> Place | None:
    """Where the folder of this id lies, whosever it is and whoever may see it."""
    row = await db.fetch_one("SELECT id, owner, parent, name, path FROM folder WHERE id = {}", folder_id)
    return Place(**row) if row else None


async def list_folders(db: Database, viewer: Viewer) -> tuple[FolderSummary, ...]:
    """The folders that a person may see, their own first, in the order of their paths.

    At most :data:`MAX_FOLDERS` of their own and as many of others'. Where others have more than that each of them has
    an equal part of the room, so that nobody's many folders leave no room for somebody else's few; of whoever has
    more than fits, the last ones are left out.
    """
    return await _select(db, viewer, which=QueryString("TRUE"), of_asset=QueryString("TRUE"))


async def find_folder(db: Database, viewer: Viewer, folder_id: UUID) -> FolderSummary | None:
    """A folder that a person may see, or None."""
    which, of_asset = QueryString("f.id = {}", folder_id), QueryString("a.folder = {}", folder_id)
    found = await _select(db, viewer, which=which, of_asset=of_asset)
    return found[0] if found else None


async def _select(
    db: Database, viewer: Viewer, *, which: QueryString, of_asset: QueryString
) -> tuple[FolderSummary, ...]:
    everything = viewer.sight is Sight.ALL
    others = QueryString("TRUE" if everything else "shared.id IS NOT NULL")
    path = QueryString("f.path" if everything else "substr(f.path, 1 + coalesce(shared.above, 0))")
    changes = viewer.role is not Role.VIEWER
    rows = await db.fetch(
        """
        WITH shared AS MATERIALIZED (
            SELECT below.id, bool_or(s.may = 'add') AS add, min(length(top.path) - length(top.name)) AS above
            FROM share s JOIN folder top ON top.id = s.folder JOIN folder below ON {}
            WHERE {}
            GROUP BY below.id
        ), seen AS (
            SELECT f.id, f.name, f.parent, f.default_ttl_seconds, f.default_tags, f.owner, o.name AS owner_name,
                   f.owner <> {} AS foreign, {} AS path,
                   CASE WHEN NOT {} THEN 'view' WHEN f.owner = {} THEN 'own' WHEN shared.add THEN 'add'
                        ELSE 'view' END AS may
            FROM folder f JOIN account o ON o.id = f.owner AND o.deleted_at IS NULL
            LEFT JOIN shared ON shared.id = f.id
            WHERE (f.owner = {} OR {}) AND {}
        ), ranked AS (
            SELECT seen.*, row_number() OVER (
                PARTITION BY seen.owner ORDER BY string_to_array(seen.path, '/'), seen.id
            ) AS place FROM seen
        ), listed AS (
            SELECT ranked.*, row_number() OVER (
                PARTITION BY ranked.foreign ORDER BY ranked.place, ranked.owner
            ) AS turn FROM ranked
        )
        SELECT seen.id, seen.path, seen.name, seen.owner, seen.owner_name, NOT seen.foreign AS mine, seen.may,
               seen.default_ttl_seconds, seen.default_tags,
               CASE WHEN strpos(seen.path, '/') > 0 THEN seen.parent END AS parent,
               coalesce(counted.assets, 0) AS assets,
               CASE WHEN seen.foreign THEN 0
                    ELSE (SELECT count(*) FROM share s WHERE s.folder = seen.id) END AS shares
        FROM listed seen LEFT JOIN (
            SELECT a.folder, count(*) AS assets FROM asset a WHERE {} AND {} AND {} GROUP BY a.folder
        ) counted ON counted.folder = seen.id
        WHERE seen.turn <= {}
        ORDER BY seen.foreign, lower(seen.owner_name), seen.owner, seen.place
        """,
        covers("top", "below"), shares_with(viewer), viewer.user_id, path, changes, viewer.user_id, viewer.user_id,
        others, which, of_asset, visible_to(viewer), searchable(), MAX_FOLDERS,
    )  # fmt: skip
    return tuple(_summary(row) for row in rows)


def _summary(row: Row) -> FolderSummary:
    return FolderSummary(
        id=row["id"],
        path=row["path"],
        name=row["name"],
        parent=row["parent"],
        assets=row["assets"],
        owner=Named(row["owner"], row["owner_name"]),
        mine=row["mine"],
        may=May(row["may"]),
        shares=row["shares"],
        defaults=Defaults(row["default_ttl_seconds"], tuple(row["default_tags"])),
    )


async def may_add(db: Database, person: UUID, folder_id: UUID) -> bool:
    """Whether a person may put assets of theirs in this folder: it is theirs, or shared with them to add."""
    row = await db.fetch_one("SELECT FROM folder f WHERE f.id = {} AND {}", folder_id, takes_from(person))
    return row is not None


async def hold_to_add(db: Database, person: UUID, folder_id: UUID) -> bool:
    """Whether a person may put assets in this folder; if so, that stays until the end of the transaction."""
    place = await find_place(db, folder_id)
    if place is None:
        return False
    await hold_tree(db, place.owner)
    return await may_add(db, person, folder_id)


async def deepest_below(db: Database, place: Place) -> int:
    """How many levels there are below this folder."""
    row = await db.fetch_one(
        "SELECT max(array_length(string_to_array(below.path, '/'), 1)) AS levels"
        " FROM folder top JOIN folder below ON {} WHERE top.id = {}",
        covers("top", "below"), place.id,
    )  # fmt: skip
    return int(row["levels"]) - len(place.path.split("/")) if row and row["levels"] else 0


async def list_below(db: Database, place: Place) -> tuple[UUID, ...]:
    """The ids of this folder and all below it."""
    rows = await db.fetch(
        "SELECT below.id FROM folder top JOIN folder below ON {} WHERE top.id = {}",
        covers("top", "below"), place.id,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def put_folder(db: Database, place: Place, *, parent: UUID | None, name: str, path: str) -> None:
    """Give a folder another name or parent, and all below it their new paths. Needs the owner's lock."""
    await db.fetch(
        """
        UPDATE folder below SET path = {} || substr(below.path, length(top.path) + 1),
            name = CASE WHEN below.id = top.id THEN {} ELSE below.name END,
            parent = CASE WHEN below.id = top.id THEN {}::uuid ELSE below.parent END
        FROM folder top WHERE top.id = {} AND {}
        """,
        path, name, parent, place.id, covers("top", "below"),
    )  # fmt: skip


async def wait_for_writers(db: Database, folder_ids: Sequence[UUID]) -> None:
    """Wait for whoever is just putting something in one of these, so that what follows sees their asset."""
    await db.fetch(
        "SELECT id FROM folder WHERE id = ANY({}::uuid[]) ORDER BY id FOR UPDATE", list(folder_ids)
    )


async def delete_folders(db: Database, folder_ids: Sequence[UUID], *, into: UUID | None) -> int:
    """How many assets moved into ``into`` as these folders went. Needs the owner's lock.

    Other people's assets have to be out of them before.
    """
    ids = list(folder_ids)
    await wait_for_writers(db, ids)
    moved = await db.fetch(
        "UPDATE asset SET folder = {}, revision = revision + 1 WHERE folder = ANY({}::uuid[]) RETURNING id",
        into, ids,
    )  # fmt: skip
    await db.fetch("DELETE FROM folder WHERE id = ANY({}::uuid[])", ids)
    return len(moved)
