"""What becomes of the rows of somebody who leaves. Everything here belongs inside one transaction.

Accounts are locked before assets, so that nothing is added meanwhile: whoever adds an asset or a folder holds its
owner's row. Assets are locked in full, so that a vector that is being written gets the owner that its asset then has.
"""

from collections.abc import Sequence
from itertools import count
from uuid import UUID

from appliance.db.asset_changes import trashed
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder
from appliance.records.assets import Original
from appliance.records.people import Pair
from appliance.records.sharing import MAX_LEVELS, numbered


async def lock_accounts(db: Database, leaving: UUID, receiver: UUID | None) -> None:
    """Wait until nobody adds anything to either account, and let nobody until the transaction ends.

    The trees have to be locked before.
    """
    ids = [leaving] if receiver is None else [leaving, receiver]
    await db.fetch("SELECT id FROM account WHERE id = ANY({}::uuid[]) ORDER BY id FOR UPDATE", ids)
    await db.fetch("SELECT id FROM asset WHERE owner = {} ORDER BY id FOR UPDATE", leaving)


async def list_pairs(db: Database, leaving: UUID, receiver: UUID) -> tuple[Pair, ...]:
    """Files that both have."""
    rows = await db.fetch(
        """
        SELECT c.id AS copy, c.filename AS copy_name, c.bytes AS copy_bytes,
            k.id AS kept, k.filename AS kept_name, k.bytes AS kept_bytes,
            coalesce(bad.outcome <> 'ok', FALSE) AS damaged
        FROM asset c JOIN asset k ON k.owner = {} AND k.sha256 = c.sha256 AND k.state <> 'purging'
            LEFT JOIN scrub bad ON bad.asset = k.id
        WHERE c.owner = {} AND c.state <> 'purging'
        ORDER BY c.id
        """,
        receiver, leaving,
    )  # fmt: skip
    return tuple(
        Pair(
            copy=Original(row["copy"], row["copy_name"], row["copy_bytes"]),
            kept=Original(row["kept"], row["kept_name"], row["kept_bytes"]),
            damaged=row["damaged"],
        )
        for row in rows
    )


async def join_pairs(db: Database, receiver: UUID, pairs: Sequence[Pair], *, trash_days: float) -> None:
    """Give what the receiver keeps the longer of both lives, and all that was said of the copy, which is trashed.

    It takes the copy's place in albums, which don't lend it: that the receiver has the file as well is theirs to say.
    """
    copies, kept = [pair.copy.id for pair in pairs], [pair.kept.id for pair in pairs]
    await db.fetch(
        """
        UPDATE asset k SET state = 'active', trashed_at = NULL, purge_after = NULL, revision = k.revision + 1,
            expires_at = CASE WHEN k.expires_at IS NULL OR c.expires_at IS NULL THEN NULL
                              ELSE greatest(k.expires_at, c.expires_at) END
        FROM unnest({}::uuid[], {}::uuid[]) AS p (copy, kept) JOIN asset c ON c.id = p.copy
        WHERE k.id = p.kept AND c.state = 'active' AND (c.expires_at IS NULL OR c.expires_at > now())
        """,
        copies, kept,
    )  # fmt: skip
    await db.fetch(
        """
        UPDATE asset k SET purge_after = greatest(k.purge_after, c.purge_after), revision = k.revision + 1
        FROM unnest({}::uuid[], {}::uuid[]) AS p (copy, kept) JOIN asset c ON c.id = p.copy
        WHERE k.id = p.kept AND k.state = 'trashed' AND c.state = 'trashed' AND c.purge_after > k.purge_after
        """,
        copies, kept,
    )  # fmt: skip
    await _take_over_tags(db, receiver, copies, kept)
    await db.fetch(
        """
        UPDATE album_asset x SET asset = p.kept, added_by = nullif(x.added_by, {})
        FROM unnest({}::uuid[], {}::uuid[]) AS p (copy, kept)
        WHERE x.asset = p.copy
          AND NOT EXISTS (SELECT FROM album_asset y WHERE y.album = x.album AND y.asset = p.kept)
        """,
        receiver, copies, kept,
    )  # fmt: skip
    await _trash(db, copies, trash_days=trash_days)


async def _take_over_tags(
    db: Database, receiver: UUID, assets: Sequence[UUID], heirs: Sequence[UUID]
) -> None:
    """Put the tags of each asset on its heir, as the receiver's tags of the same names."""
    await db.fetch(
        """
        INSERT INTO tag (id, owner, name)
        SELECT gen_random_uuid(), {}, name FROM (
            SELECT DISTINCT ON (lower(t.name)) t.name FROM asset_tag x JOIN tag t ON t.id = x.tag
            WHERE x.asset = ANY({}::uuid[]) ORDER BY lower(t.name), t.name
        ) n
        ON CONFLICT (owner, lower(name)) DO NOTHING
        """,
        receiver, list(assets),
    )  # fmt: skip
    await db.fetch(
        """
        INSERT INTO asset_tag (asset, tag)
        SELECT p.heir, mine.id
        FROM unnest({}::uuid[], {}::uuid[]) AS p (asset, heir) JOIN asset_tag x ON x.asset = p.asset
            JOIN tag t ON t.id = x.tag JOIN tag mine ON mine.owner = {} AND lower(mine.name) = lower(t.name)
        ON CONFLICT (asset, tag) DO NOTHING
        """,
        list(assets), list(heirs), receiver,
    )  # fmt: skip


async def move_assets(
    db: Database, leaving: UUID, receiver: UUID, *, but: Sequence[UUID], top: UUID
) -> tuple[UUID, ...]:
    """The ids of the assets that are the receiver's now, with their tags: all ``but`` these.

    What lay in no folder lies in ``top``. What is being purged stays where it is, and goes. The vectors follow by
    :func:`move_vectors`.
    """
    rows = await db.fetch(
        """
        UPDATE asset SET owner = {}, folder = coalesce(folder, {}), revision = revision + 1
        WHERE owner = {} AND state <> 'purging' AND id <> ALL({}::uuid[]) RETURNING id
        """,
        receiver, top, leaving, list(but),
    )  # fmt: skip
    moved = tuple(row["id"] for row in rows)
    await _take_over_tags(db, receiver, moved, moved)
    await db.fetch(
        "DELETE FROM asset_tag x USING tag t WHERE t.id = x.tag AND t.owner = {} AND x.asset = ANY({}::uuid[])",
        leaving, list(moved),
    )  # fmt: skip
    return moved


async def move_vectors(db: Database, *, limit: int) -> int:
    """How many vectors of assets of people who have left are those of who has the assets now; at most ``limit``.

    Until then a search of the new owner's does not come upon them, and nobody else sees more by them.
    """
    # Assets before vectors, in one order, as a purge locks them; and held, so that none changes hands once more.
    # The model is there for the index on (model, owner).
    moved = await db.fetch(
        """
        WITH late AS (
            SELECT e.id, a.owner
            FROM account p CROSS JOIN model m JOIN embedding e ON e.model = m.id AND e.owner = p.id
                JOIN asset a ON a.id = e.asset
            WHERE p.deleted_at IS NOT NULL AND a.owner <> e.owner
            ORDER BY a.id LIMIT {} FOR KEY SHARE OF a
        )
        UPDATE embedding e SET owner = late.owner FROM late WHERE e.id = late.id RETURNING e.id
        """,
        limit,
    )
    return len(moved)


async def has_anything(db: Database, leaving: UUID) -> bool:
    """Whether there is something that wants a place in a tree: an asset, a folder or an upload that was cut off."""
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT FROM asset WHERE owner = {} AND state <> 'purging')"
        " OR EXISTS (SELECT FROM folder WHERE owner = {}) OR EXISTS (SELECT FROM upload WHERE owner = {}) AS some",
        leaving, leaving, leaving,
    )  # fmt: skip
    return bool(row and row["some"])


async def make_top(db: Database, receiver: UUID, name: str) -> tuple[UUID, str]:
    """A new folder at the top of the receiver's tree, and its path: ``name``, or ``name 2`` and so on."""
    path = await _free_at_the_top(db, receiver, name)
    return await ensure_folder(db, receiver, path), path


async def _free_at_the_top(db: Database, owner: UUID, name: str) -> str:
    rows = await db.fetch("SELECT path FROM folder WHERE owner = {} AND parent IS NULL", owner)
    taken = {row["path"] for row in rows}
    return next(each for number in count(1) if (each := numbered(name, number)) not in taken)


async def move_tall_trees(db: Database, leaving: UUID, receiver: UUID, *, path: str) -> None:
    """Put at the top of the receiver's tree what is as deep as a folder may be, so that it has no room below another.

    Such a folder is called ``PATH: NAME`` there, or ``PATH: NAME 2`` and so on.
    """
    tall = await db.fetch(
        """
        SELECT split_part(path, '/', 1) AS top FROM folder WHERE owner = {} GROUP BY top
        HAVING max(array_length(string_to_array(path, '/'), 1)) >= {} ORDER BY top
        """,
        leaving, MAX_LEVELS,
    )  # fmt: skip
    for row in tall:
        top = row["top"]
        wanted = await _free_at_the_top(db, receiver, f"{path}: {top}")
        await db.fetch(
            """
            UPDATE folder SET owner = {}, path = {} || substr(path, {}),
                name = CASE WHEN parent IS NULL THEN {} ELSE name END
            WHERE owner = {} AND (path = {} OR starts_with(path, {}))
            """,
            receiver, wanted, len(top) + 1, wanted, leaving, top, f"{top}/",
        )  # fmt: skip


async def move_folders(db: Database, leaving: UUID, receiver: UUID, *, top: UUID, path: str) -> None:
    """Put the whole tree below a folder of the receiver's, with all that is shared and uploads.

    What would be too deep there has to be elsewhere before; an upload for such a place is then for one above it.
    """
    await db.fetch(
        "UPDATE folder SET owner = {}, path = {} || '/' || path, parent = coalesce(parent, {}) WHERE owner = {}",
        receiver, path, top, leaving,
    )  # fmt: skip
    # To oneself nothing is shared.
    await db.fetch("DELETE FROM share WHERE owner = {} AND subject = {}", leaving, receiver)
    await db.fetch("UPDATE share SET owner = {} WHERE owner = {}", receiver, leaving)
    # One for somebody else's folder goes to the top: whether the receiver may add there is another matter.
    await db.fetch(
        """
        UPDATE upload u SET owner = {}, request = CASE
            WHEN EXISTS (SELECT FROM folder f WHERE f.id::text = u.request ->> 'folder_id' AND f.owner = {})
            THEN u.request
            ELSE u.request || jsonb_build_object('folder_id', NULL, 'folder', array_to_string(
                (string_to_array(concat_ws('/', {}::text, u.request ->> 'folder'), '/'))[:{}], '/'
            )) END
        WHERE u.owner = {}
        """,
        receiver, receiver, path, MAX_LEVELS, leaving,
    )  # fmt: skip


async def list_own_folders(db: Database, leaving: UUID) -> tuple[UUID, ...]:
    """The ids of a person's folders."""
    rows = await db.fetch("SELECT id FROM folder WHERE owner = {}", leaving)
    return tuple(row["id"] for row in rows)


async def list_visited_folders(db: Database, leaving: UUID, receiver: UUID) -> tuple[UUID, ...]:
    """The ids of third people's folders that a person's assets lie in."""
    rows = await db.fetch(
        "SELECT DISTINCT f.id FROM asset a JOIN folder f ON f.id = a.folder"
        " WHERE a.owner = {} AND f.owner <> {} AND f.owner <> {}",
        leaving, leaving, receiver,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def trash_all(db: Database, leaving: UUID, *, trash_days: float) -> int:
    """How many assets of this person are in the trash now, those that were there before among them."""
    rows = await db.fetch("SELECT id FROM asset WHERE owner = {} AND state <> 'purging'", leaving)
    return await _trash(db, [row["id"] for row in rows], trash_days=trash_days)


async def _trash(db: Database, assets: Sequence[UUID], *, trash_days: float) -> int:
    rows = await db.fetch(
        """
        UPDATE asset a SET {}, folder = NULL, revision = a.revision + 1
        WHERE a.id = ANY({}::uuid[]) AND a.state <> 'purging' RETURNING a.id
        """,
        trashed(trash_days), list(assets),
    )  # fmt: skip
    return len(rows)


async def close_account(db: Database, leaving: UUID) -> None:
    """End every way in, the albums and the kept searches, and free the name.

    The row stays for the assets that are still to be purged.
    """
    for statement in (
        "UPDATE session SET revoked_at = now() WHERE account = {} AND revoked_at IS NULL",
        "UPDATE api_key SET revoked_at = now() WHERE account = {} AND revoked_at IS NULL",
        "DELETE FROM identity WHERE account = {}",
        "DELETE FROM sign_in_flow WHERE account = {}",
        "DELETE FROM share WHERE owner = {}",
        "DELETE FROM share WHERE subject = {}",
        "DELETE FROM album_asset WHERE added_by = {}",
        "DELETE FROM album WHERE owner = {}",
        "DELETE FROM saved_search WHERE owner = {}",
    ):
        await db.fetch(statement, leaving)
    # Nobody can be called so: a name has no line breaks.
    await db.fetch(
        """
        UPDATE account SET deleted_at = now(), name = 'deleted' || chr(10) || id, role = 'viewer',
            password_hash = NULL, email = NULL, email_verified = FALSE, quota_bytes = NULL, pinned = FALSE
        WHERE id = {}
        """,
        leaving,
    )


async def trash_late(db: Database, *, trash_days: float) -> int:
    """How many assets of people who have left are in the trash now: uploads that were finished after they left."""
    rows = await db.fetch(
        "SELECT x.id FROM account a JOIN asset x ON x.owner = a.id"
        " WHERE a.deleted_at IS NOT NULL AND x.state = 'active'"
    )
    return await _trash(db, [row["id"] for row in rows], trash_days=trash_days)


async def count_gone(db: Database) -> int:
    """How many accounts of people who have left have nothing any more."""
    row = await db.fetch_one(f"SELECT count(*) AS n FROM account a WHERE {_GONE}")  # noqa: S608
    return int(row["n"]) if row else 0


async def drop_gone(db: Database) -> int:
    """How many accounts of people who have left are gone now, as their last asset is; the purge log stays."""
    return len(await db.fetch(f"DELETE FROM account a WHERE {_GONE} RETURNING a.id"))  # noqa: S608


_GONE = """
    a.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM asset x WHERE x.owner = a.id)
    AND NOT EXISTS (SELECT FROM upload u WHERE u.owner = a.id)
"""
