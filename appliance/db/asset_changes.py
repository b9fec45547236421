"""What happens to assets: taken in, trashed, restored, edited. Each change counts the revision up.

Every function changes at most one row and says whether it did; an asset that is being purged is never touched.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import belongs_to, in_trash, owned_by, searchable
from appliance.records.accounts import Viewer
from appliance.records.assets import Original
from appliance.records.organise import UNSET, Changes, Corrected, Unset
from appliance.records.uploads import Known, KnownState, Upload


async def insert_asset(db: Database, upload: Upload, *, folder_id: UUID | None) -> bool:
    """Whether the upload is an asset now; not when its owner has these bytes already, also under this very id."""
    facts, request = upload.facts, upload.request
    taken = facts.taken
    values: dict[str, Any] = {
        "id": upload.id,
        "owner": request.owner,
        "folder": folder_id,
        "filename": request.filename,
        "sha256": upload.sha256,
        "bytes": upload.bytes,
        "mime": facts.mime,
        "kind": str(facts.kind),
        "width": facts.width,
        "height": facts.height,
        "taken_at": taken.local if taken else None,
        "taken_offset_minutes": taken.offset_minutes if taken else None,
        "taken_source": taken.source if taken else None,
        "camera": facts.camera,
        "lens": facts.lens,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "thumbhash": facts.thumbhash,
        "mean_color": facts.mean_color,
        "uploaded_at": upload.created_at,
        "media_version": 1,
        "description": "",
        "favourite": False,
        "expires_at": request.expires_at,
        "state": "active",
        "revision": 1,
    }
    row = await db.fetch_one(
        "INSERT INTO asset ({}) VALUES ({}) ON CONFLICT DO NOTHING RETURNING id",
        QueryString(", ".join(values)),
        QueryString(", ".join("{}" for _ in values), *values.values()),
    )
    return row is not None


async def find_by_hash(db: Database, owner: UUID, sha256: bytes) -> UUID | None:
    """The id of the asset that holds these bytes for this person, in the trash or not."""
    row = await db.fetch_one(
        "SELECT a.id FROM asset a WHERE {} AND a.sha256 = {} AND a.state <> 'purging'",
        belongs_to(owner),
        sha256,
    )
    return row["id"] if row else None


async def take_in_again(db: Database, asset_id: UUID, *, expires_at: datetime | None) -> bool | None:
    """Whether the asset came back from the trash; it now has the longer of its two lives. None: it is gone.

    An upload without expiry, or an asset without one, means for ever.
    """
    row = await db.fetch_one(
        """
        WITH before AS (
            SELECT id, (state <> 'active' OR coalesce(expires_at <= now(), FALSE)) AS trashed,
                   CASE WHEN expires_at IS NULL OR {}::timestamptz IS NULL THEN NULL
                        ELSE greatest(expires_at, {}::timestamptz) END AS lives_until
            FROM asset WHERE id = {} AND state <> 'purging' FOR UPDATE
        )
        UPDATE asset SET state = 'active', trashed_at = NULL, purge_after = NULL, purge_asked = FALSE,
            expires_at = before.lives_until,
            revision = asset.revision
                + (before.trashed OR asset.expires_at IS DISTINCT FROM before.lives_until)::int
        FROM before WHERE asset.id = before.id
        RETURNING before.trashed
        """,
        expires_at, expires_at, asset_id,
    )  # fmt: skip
    return row["trashed"] if row else None


async def known_hashes(db: Database, owner: UUID, hashes: list[bytes]) -> tuple[Known, ...]:
    """For each of these SHA-256 sums, in order, whether the person has such a file."""
    rows = await db.fetch(
        """
        SELECT a.sha256, a.id, a.filename, a.bytes,
            (a.state <> 'active' OR coalesce(a.expires_at <= now(), FALSE)) AS trashed
        FROM asset a WHERE {} AND a.sha256 = ANY({}::bytea[]) AND a.state <> 'purging'
        """,
        belongs_to(owner), hashes,
    )  # fmt: skip
    found = {row["sha256"]: row for row in rows}
    answers = []
    for sha256 in hashes:
        row = found.get(sha256)
        if row is None:
            answers.append(Known(sha256=sha256, state=KnownState.NEW, id=None))
        else:
            state = KnownState.TRASHED if row["trashed"] else KnownState.KNOWN
            original = Original(row["id"], row["filename"], row["bytes"])
            answers.append(Known(sha256=sha256, state=state, id=row["id"], original=original))
    return tuple(answers)


async def trash_asset(db: Database, viewer: Viewer, asset_id: UUID, *, trash_days: float) -> bool:
    """Whether the asset is in the trash now, as :func:`trash_assets` does it."""
    return await trash_assets(db, viewer, [asset_id], trash_days=trash_days) == 1


async def trash_assets(db: Database, viewer: Viewer, asset_ids: Sequence[UUID], *, trash_days: float) -> int:
    """How many of these assets are in the trash now; ``trash_days`` from then on they may be purged.

    An asset that expired has been in the trash since then, whether a sweep has met it or not; one that was
    trashed before keeps its time.
    """
    rows = await db.fetch(
        """
        UPDATE asset a SET {}, revision = a.revision + (a.state = 'active')::int
        WHERE a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging'
        RETURNING a.id
        """,
        trashed(trash_days), list(asset_ids), owned_by(viewer),
    )  # fmt: skip
    return len(rows)


async def empty_trash(db: Database, viewer: Viewer, asset_ids: Sequence[UUID] | None) -> int:
    """How many assets of this person's trash (all of it, or those named) the next purge takes, asking nobody."""
    chosen = (
        QueryString("TRUE") if asset_ids is None else QueryString("a.id = ANY({}::uuid[])", list(asset_ids))
    )
    rows = await db.fetch(
        """
        UPDATE asset a SET state = 'trashed', trashed_at = coalesce(a.trashed_at, a.expires_at),
            purge_after = least(a.purge_after, now()), purge_asked = TRUE, revision = a.revision + 1
        WHERE {} AND {} AND {} RETURNING a.id
        """,
        owned_by(viewer), in_trash(), chosen,
    )  # fmt: skip
    return len(rows)


async def restore_asset(db: Database, viewer: Viewer, asset_id: UUID) -> bool:
    """Whether the asset is out of the trash; an expiry that has passed is taken off, a later one stays."""
    row = await db.fetch_one(
        """
        UPDATE asset a SET {}, revision = a.revision + 1 WHERE a.id = {} AND {} AND {} RETURNING a.id
        """,
        restored(), asset_id, owned_by(viewer), in_trash(),
    )  # fmt: skip
    return row is not None


async def change_asset(
    db: Database, viewer: Viewer, asset_id: UUID, changes: Changes, *, folder_id: UUID | None
) -> bool:
    """Whether the asset could be changed: it is this person's and not in the trash. Tags are not done here."""
    assignments = [QueryString("revision = a.revision + 1")]
    if not isinstance(changes.taken, Unset):
        assignments.append(corrected(changes.taken))
    for field in fields(changes):
        value = getattr(changes, field.name)
        if value is UNSET or field.name in {"tags", "taken"}:
            continue
        is_folder = field.name in {"folder", "folder_id"}
        assignments.append(
            QueryString("folder = {}", folder_id) if is_folder else QueryString(f"{field.name} = {{}}", value)
        )
    joined = QueryString(", ".join("{}" for _ in assignments), *assignments)
    row = await db.fetch_one(
        """
        UPDATE asset a SET {}
        WHERE a.id = {} AND {} AND {}
        RETURNING a.id
        """,
        joined, asset_id, owned_by(viewer), searchable(),
    )  # fmt: skip
    return row is not None


def trashed(trash_days: float) -> QueryString:
    """The assignments of an UPDATE of ``asset a`` by which it is in the trash, from when it expired if it has."""
    return QueryString(
        "state = 'trashed', trashed_at = coalesce(a.trashed_at, least(a.expires_at, now())),"
        " purge_after = coalesce(a.purge_after, least(a.expires_at, now()) + make_interval(secs => {}))",
        trash_days * 86400.0,
    )


def restored() -> QueryString:
    """Assignments of an UPDATE of ``asset a`` by which it is out of the trash, and lives for ever if it expired."""
    return QueryString(
        "state = 'active', trashed_at = NULL, purge_after = NULL, purge_asked = FALSE,"
        " expires_at = CASE WHEN a.expires_at > now() THEN a.expires_at END"
    )


#: What the file says stays in the ``found_`` columns, which are empty while it is what counts.
_KEEP_FOUND = {
    "taken_source": "'person'",
    **{
        f"found_{name}": f"CASE WHEN a.taken_source = 'person' THEN a.found_{name} ELSE a.{name} END"
        for name in ("taken_at", "taken_offset_minutes", "taken_source")
    },
}

_AS_FOUND = """
    taken_at = CASE WHEN a.taken_source = 'person' THEN a.found_taken_at ELSE a.taken_at END,
    taken_offset_minutes =
        CASE WHEN a.taken_source = 'person' THEN a.found_taken_offset_minutes ELSE a.taken_offset_minutes END,
    taken_source = CASE WHEN a.taken_source = 'person' THEN a.found_taken_source ELSE a.taken_source END,
    found_taken_at = NULL, found_taken_offset_minutes = NULL, found_taken_source = NULL
"""


def corrected(taken: Corrected | None) -> QueryString:
    """The assignments of an UPDATE of ``asset a`` by which it was taken then; None: when its file says."""
    if taken is None:
        return QueryString(_AS_FOUND)
    keep = ", ".join(f"{name} = {value}" for name, value in _KEEP_FOUND.items())
    return QueryString(
        f"taken_at = {{}}, taken_offset_minutes = {{}}, {keep}", taken.local, taken.offset_minutes
    )


def can_shift(minutes: int) -> QueryString:
    """Whether an asset ``a`` has a date that can be so much later; years beyond these can't be read back."""
    return QueryString(
        "(a.taken_at IS NOT NULL AND {} BETWEEN '0001-01-01' AND '9999-12-31')", _later(minutes)
    )


def shifted(minutes: int) -> QueryString:
    """The assignments of an UPDATE of ``asset a`` by which it was taken so much later, where it can be."""
    values = {
        "taken_at": _later(minutes),
        **{name: QueryString(value) for name, value in _KEEP_FOUND.items()},
    }
    parts = [
        QueryString(f"{name} = CASE WHEN {{}} THEN {{}} ELSE a.{name} END", can_shift(minutes), value)
        for name, value in values.items()
    ]
    return QueryString(", ".join("{}" for _ in parts), *parts)


def _later(minutes: int) -> QueryString:
    return QueryString("a.taken_at + make_interval(mins => {})", minutes)
