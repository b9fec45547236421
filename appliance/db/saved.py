"""The searches that people keep."""

import json
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.looks import MODEL_NOW, VECTOR_NOW
from appliance.records.accounts import Viewer
from appliance.records.albums import SavedSearch
from appliance.records.filter_json import from_json, to_json
from appliance.records.search import Filter


async def saved_texts(db: Database, viewer: Viewer, *, limit: int) -> tuple[str, ...]:
    """The words of a person's own saved searches, the latest first, each once; at most ``limit``."""
    rows = await db.fetch(
        """
        SELECT words FROM (
            SELECT term ->> 'text' AS words, max(s.created_at) AS at
            FROM saved_search s, jsonb_array_elements(s.request -> 'terms') AS term
            WHERE s.owner = {} AND jsonb_typeof(s.request -> 'terms') = 'array' AND term ->> 'text' <> ''
            GROUP BY 1
        ) AS kept ORDER BY at DESC, words LIMIT {}
        """,
        viewer.user_id,
        limit,
    )
    return tuple(row["words"] for row in rows)


async def list_saved(db: Database, viewer: Viewer) -> tuple[SavedSearch, ...]:
    """A person's own saved searches, the latest first, at most 1,000; none that only a later release can read."""
    return await _select(db, viewer, QueryString("TRUE"))


async def find_saved(db: Database, viewer: Viewer, search_id: UUID) -> SavedSearch | None:
    """One of a person's own saved searches, or None."""
    found = await _select(db, viewer, QueryString("s.id = {}", search_id))
    return found[0] if found else None


async def count_saved(db: Database, viewer: Viewer) -> int:
    """How many searches a person keeps."""
    [row] = await db.fetch("SELECT count(*) AS n FROM saved_search WHERE owner = {}", viewer.user_id)
    return int(row["n"])


async def insert_saved(
    db: Database, viewer: Viewer, *, name: str, where: Filter, text: str | None
) -> SavedSearch:
    """A new one."""
    [row] = await db.fetch(
        "INSERT INTO saved_search (id, owner, name, request, seen_model, seen_vector)"
        " VALUES ({}, {}, {}, {}::jsonb, {}, {}) RETURNING id, created_at",
        uuid4(), viewer.user_id, name, _request(where, text), MODEL_NOW, VECTOR_NOW,
    )  # fmt: skip
    return SavedSearch(id=row["id"], name=name, where=where, text=text, created_at=row["created_at"])


async def change_saved(db: Database, search_id: UUID, *, name: str, where: Filter, text: str | None) -> None:
    """Give a saved search these values."""
    await db.fetch(
        "UPDATE saved_search SET name = {}, request = {}::jsonb WHERE id = {}",
        name, _request(where, text), search_id,
    )  # fmt: skip


async def delete_saved(db: Database, viewer: Viewer, search_id: UUID) -> bool:
    """Whether there was such a saved search of this person's; there is none now."""
    row = await db.fetch_one(
        "DELETE FROM saved_search WHERE id = {} AND owner = {} RETURNING id", search_id, viewer.user_id
    )
    return row is not None


async def _select(db: Database, viewer: Viewer, which: QueryString) -> tuple[SavedSearch, ...]:
    rows = await db.fetch(
        "SELECT s.id, s.name, s.request::text AS request, s.created_at FROM saved_search s"
        " WHERE s.owner = {} AND {} ORDER BY s.created_at DESC, s.id LIMIT 1000",
        viewer.user_id, which,
    )  # fmt: skip
    return tuple(saved for row in rows if (saved := _saved(row)))


def _saved(row: Row) -> SavedSearch | None:
    request = json.loads(row["request"])
    try:
        where = from_json(request.get("where", {"all": []}))
    except ValueError:
        return None
    words = [str(term["text"]) for term in request.get("terms", []) if term.get("text")]
    return SavedSearch(row["id"], row["name"], where, words[0] if words else None, row["created_at"])


def _request(where: Filter, text: str | None) -> str:
    terms = [{"text": text}] if text else []
    return json.dumps({"terms": terms, "where": to_json(where)})
