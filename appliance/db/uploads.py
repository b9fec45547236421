"""Upload rows: written before the bytes get their final name, gone with the commit that makes them an asset."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from appliance.db.engine import Database, Row
from appliance.records.assets import Facts, Kind, Taken
from appliance.records.uploads import IngestRequest, Upload


async def insert_upload(db: Database, upload: Upload, *, whatever_quota: bool = False) -> bool:
    """Whether it is written down what is about to happen, so that a sweep can finish it after a crash.

    Not when the owner has been deleted, and, unless ``whatever_quota``, not when they have a quota at all. The lock
    on their row keeps a deletion from missing what is added at the same moment.
    """
    request = upload.request
    wish = {
        "folder": request.folder,
        "folder_id": str(request.folder_id) if request.folder_id else None,
        "tags": list(request.tags),
        "expires_at": request.expires_at.isoformat() if request.expires_at else None,
        "forever": request.forever,
    }
    row = await db.fetch_one(
        "INSERT INTO upload (id, owner, filename, sha256, bytes, request, facts, created_at)"
        " SELECT {}::uuid, a.id, {}::text, {}::bytea, {}::bigint, {}::jsonb, {}::jsonb, {}::timestamptz"
        " FROM account a WHERE a.id = {} AND a.deleted_at IS NULL AND (a.quota_bytes IS NULL OR {}) FOR KEY SHARE"
        " RETURNING id",
        upload.id, request.filename, upload.sha256, upload.bytes,
        json.dumps(wish), json.dumps(_facts_to_json(upload.facts)), upload.created_at,
        request.owner, whatever_quota,
    )  # fmt: skip
    return row is not None


async def delete_upload(db: Database, upload: Upload) -> bool:
    """Whether there was such a row; there is none now. One that became somebody else's is left alone."""
    row = await db.fetch_one(
        "DELETE FROM upload WHERE id = {} AND owner = {} RETURNING id", upload.id, upload.request.owner
    )
    return row is not None


async def came_again(db: Database, upload: Upload) -> bool:
    """Whether the same bytes became another asset of the same person since, also one that is purged by now."""
    owner, sha256, since = upload.request.owner, upload.sha256, upload.created_at
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT FROM asset WHERE owner = {} AND sha256 = {} AND id <> {} AND uploaded_at >= {})"
        " OR EXISTS (SELECT FROM purge_log WHERE owner = {} AND sha256 = {} AND purged_at >= {}) AS came",
        owner, sha256, upload.id, since,
        owner, sha256, since,
    )  # fmt: skip
    return bool(row and row["came"])


async def list_uploads(db: Database, *, older_than: datetime, limit: int = 1000) -> tuple[Upload, ...]:
    """Uploads that were cut off before this moment, the oldest first."""
    rows = await db.fetch(
        "SELECT id, owner, filename, sha256, bytes, request, facts, created_at FROM upload"
        " WHERE created_at < {} ORDER BY created_at LIMIT {}",
        older_than, limit,
    )  # fmt: skip
    return tuple(_upload_from_row(row) for row in rows)


async def find_upload(db: Database, upload_id: UUID) -> Upload | None:
    """The upload of this id."""
    row = await db.fetch_one(
        "SELECT id, owner, filename, sha256, bytes, request, facts, created_at FROM upload WHERE id = {}",
        upload_id,
    )
    return _upload_from_row(row) if row else None


def _upload_from_row(row: Row) -> Upload:
    wish = json.loads(row["request"])
    expires_at, folder_id = wish["expires_at"], wish.get("folder_id")
    return Upload(
        id=row["id"],
        request=IngestRequest(
            owner=row["owner"],
            filename=row["filename"],
            folder=wish["folder"],
            folder_id=UUID(folder_id) if folder_id else None,
            tags=tuple(wish["tags"]),
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
            forever=wish.get("forever", False),
        ),
        sha256=row["sha256"],
        bytes=row["bytes"],
        facts=_facts_from_json(json.loads(row["facts"])),
        created_at=row["created_at"],
    )


def _facts_to_json(facts: Facts) -> dict[str, Any]:
    values = asdict(facts)
    values["thumbhash"] = b64encode(facts.thumbhash).decode("ascii")
    if facts.taken:
        values["taken"]["local"] = facts.taken.local.isoformat()
    return values


def _facts_from_json(values: dict[str, Any]) -> Facts:
    taken = values["taken"]
    return Facts(
        **{
            **values,
            "kind": Kind(values["kind"]),
            "thumbhash": b64decode(values["thumbhash"]),
            "taken": Taken(**{**taken, "local": datetime.fromisoformat(taken["local"])}) if taken else None,
        }
    )
