"""Edits and their items: written down before anything is done, and kept for a while, to be taken back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.filters import to_sql
from appliance.db.locks import lock
from appliance.db.visibility import in_trash, owned_by, searchable, visible_parts, visible_to
from appliance.records.accounts import Viewer
from appliance.records.edits import Edit, EditState
from appliance.records.search import Filter

#: Most edits that are listed.
MAX_LISTED = 100

#: Items that are deleted in one statement.
_TRIMMED_AT_ONCE = 10_000

_COLUMNS = QueryString(
    "id, owner, changes, state, total, done, skipped, undone, kept, error_code, error_text, created_at, finished_at"
)

#: Under this name the tags that an edit made are kept beside its changes.
_MADE_TAGS = "made_tags"

_OPEN = QueryString("state IN ('running', 'undoing')")

_DUE = QueryString("(state IN ('running', 'undoing') AND coalesce(try_after <= now(), TRUE))")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Of some ids, those of assets that a person may not change."""

    missing: tuple[UUID, ...]
    foreign: tuple[UUID, ...]


async def lock_edits(db: Database, owner: UUID) -> None:
    """Wait until nobody else begins an edit of this person's."""
    await lock(db, f"edit:{owner}")


async def count_open(db: Database, owner: UUID) -> int:
    """How many edits of a person are still going on."""
    row = await db.fetch_one("SELECT count(*) AS n FROM edit WHERE owner = {} AND {}", owner, _OPEN)
    return int(row["n"]) if row else 0


async def insert_edit(db: Database, owner: UUID) -> UUID:
    """The id of a new edit, about nothing yet."""
    edit_id = uuid4()
    await db.fetch(
        "INSERT INTO edit (id, owner, changes, state, total) VALUES ({}, {}, jsonb_build_object(), 'running', 0)",
        edit_id, owner,
    )  # fmt: skip
    return edit_id


async def sort_ids(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> Sorted:
    """Which of these the viewer may not change: they see none by that id, or it is somebody else's."""
    rows = await db.fetch(
        "SELECT a.id, {} AS mine FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging'",
        owned_by(viewer), list(asset_ids), visible_to(viewer, by_id=True),
    )  # fmt: skip
    seen = {row["id"]: row["mine"] for row in rows}
    return Sorted(
        missing=tuple(each for each in asset_ids if each not in seen),
        foreign=tuple(each for each in asset_ids if seen.get(each) is False),
    )


async def insert_ids(db: Database, viewer: Viewer, edit_id: UUID, asset_ids: Sequence[UUID]) -> int:
    """How many of these assets, all of them the viewer's, the edit is about now."""
    rows = await db.fetch(
        """
        INSERT INTO edit_item (edit, asset, state)
        SELECT {}::uuid, a.id, 'waiting' FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} ORDER BY a.id
        RETURNING id
        """,
        edit_id, list(asset_ids), owned_by(viewer),
    )  # fmt: skip
    return len(rows)


async def insert_found(
    db: Database, viewer: Viewer, edit_id: UUID, where: Filter, *, trash: bool
) -> tuple[int, int]:
    """How many assets of a list, or of the ``trash``, the edit is about now, and how many there are of others."""
    matching = to_sql(where, viewer)
    row = await db.fetch_one(
        """
        WITH made AS (
            INSERT INTO edit_item (edit, asset, state)
            SELECT {}::uuid, a.id, 'waiting' FROM asset a WHERE {} AND {} AND {} ORDER BY a.id RETURNING id
        ) SELECT count(*) AS n FROM made
        """,
        edit_id, owned_by(viewer), in_trash() if trash else searchable(), matching,
    )  # fmt: skip
    own, others = int(row["n"]) if row else 0, 0
    # Nobody sees other people's trash.
    for part in visible_parts(viewer)[1:] if not trash else ():
        found = await db.fetch_one(
            "SELECT count(*) AS n FROM asset a WHERE {} AND {} AND {}", part, searchable(), matching
        )
        others += int(found["n"]) if found else 0
    return own, others


async def analyze_items(db: Database) -> None:
    """Let the planner know of items that were just written, so that no step looks through all of them."""
    await db.ddl("ANALYZE edit_item")


async def describe(
    db: Database,
    edit_id: UUID,
    changes: Mapping[str, Any],
    *,
    made_tags: Sequence[UUID],
    total: int,
    skipped: int,
) -> None:
    """Write down what an edit is to do, which tags were made for it, and with how many."""
    kept = {**changes, _MADE_TAGS: [str(each) for each in made_tags]}
    await db.fetch(
        "UPDATE edit SET changes = {}, total = {}, skipped = {} WHERE id = {}",
        json.dumps(kept), total, skipped, edit_id,
    )  # fmt: skip


async def find_edit(db: Database, owner: UUID, edit_id: UUID, *, lock: bool = False) -> Edit | None:
    """An edit of this person's, or None; with ``lock`` nobody else does anything of it until the transaction ends."""
    how = QueryString("FOR UPDATE" if lock else "")
    row = await db.fetch_one(
        "SELECT {} FROM edit WHERE id = {} AND owner = {} {}", _COLUMNS, edit_id, owner, how
    )
    return _edit(row) if row else None


async def list_edits(db: Database, owner: UUID) -> tuple[Edit, ...]:
    """The edits of this person's, the latest first, at most :data:`MAX_LISTED`."""
    rows = await db.fetch(
        "SELECT {} FROM edit WHERE owner = {} ORDER BY created_at DESC, id DESC LIMIT {}",
        _COLUMNS, owner, MAX_LISTED,
    )  # fmt: skip
    return tuple(_edit(row) for row in rows)


async def claim(db: Database, edit_id: UUID | None = None) -> Edit | None:
    """An edit of which something is to be done now, for this transaction alone; None: there is none.

    Without an id it is the oldest that nobody is at; with one, whoever is at it is waited for.
    """
    which = QueryString("id = {}", edit_id) if edit_id else QueryString("TRUE")
    row = await db.fetch_one(
        "SELECT {} FROM edit WHERE {} AND {} ORDER BY created_at, id LIMIT 1 FOR UPDATE {}",
        _COLUMNS, _DUE, which, QueryString("" if edit_id else "SKIP LOCKED"),
    )  # fmt: skip
    return _edit(row) if row else None


async def is_any_due(db: Database) -> bool:
    """Whether something is to be done of any edit now."""
    row = await db.fetch_one("SELECT EXISTS (SELECT FROM edit WHERE {}) AS due", _DUE)
    return bool(row and row["due"])


async def begin_undo(db: Database, edit_id: UUID) -> None:
    """Let an edit be taken back from now on; what it had not come to yet is left as it is."""
    await db.fetch(
        "UPDATE edit SET state = 'undoing', finished_at = NULL, error_code = NULL, error_text = NULL,"
        " tries = 0, try_after = NULL WHERE id = {}",
        edit_id,
    )


async def count_progress(
    db: Database, edit_id: UUID, *, done: int = 0, skipped: int = 0, undone: int = 0, kept: int = 0
) -> None:
    """Count on what was done with further items."""
    await db.fetch(
        "UPDATE edit SET done = done + {}, skipped = skipped + {}, undone = undone + {}, kept = kept + {},"
        " tries = 0, try_after = NULL WHERE id = {}",
        done, skipped, undone, kept, edit_id,
    )  # fmt: skip


async def finish(
    db: Database, edit_id: UUID, state: EditState, *, code: str | None = None, text: str | None = None
) -> None:
    """Let an edit be over; with ``code`` and ``text`` why it could not go on."""
    await db.fetch(
        "UPDATE edit SET state = {}, error_code = {}, error_text = {}, finished_at = now() WHERE id = {}",
        state.value, code, text, edit_id,
    )  # fmt: skip


async def put_off(db: Database, edit_id: UUID, *, seconds: float, most: int, code: str, text: str) -> None:
    """Let an edit, of which a step was tried in vain, go on so many seconds from now.

    After so many tries at ``most`` it is failed instead, with this ``code`` and ``text``.
    """
    last = QueryString("tries + 1 >= {}", most)
    await db.fetch(
        """
        UPDATE edit SET tries = tries + 1, try_after = now() + make_interval(secs => {}),
            state = CASE WHEN {} THEN 'failed' ELSE state END, finished_at = CASE WHEN {} THEN now() END,
            error_code = CASE WHEN {} THEN {} END, error_text = CASE WHEN {} THEN {} END
        WHERE id = {} AND {}
        """,
        seconds, last, last, last, code, last, text, edit_id, _OPEN,
    )  # fmt: skip


async def drop_made_tags(db: Database, tag_ids: Sequence[UUID]) -> None:
    """Let words go that an edit had made and that nothing carries any more, unless somebody coloured them since."""
    await db.fetch(
        "DELETE FROM tag t WHERE t.id = ANY({}::uuid[]) AND t.color IS NULL"
        " AND NOT EXISTS (SELECT FROM asset_tag x WHERE x.tag = t.id)",
        list(tag_ids),
    )


async def trim(db: Database, *, before: datetime) -> int:
    """How many edits that were over before this moment are forgotten; they can't be taken back any more."""
    while await db.fetch(
        "DELETE FROM edit_item WHERE id IN (SELECT i.id FROM edit_item i JOIN edit e ON e.id = i.edit"
        " WHERE e.finished_at < {} LIMIT {}) RETURNING id",
        before, _TRIMMED_AT_ONCE,
    ):  # fmt: skip
        pass
    return len(await db.fetch("DELETE FROM edit WHERE finished_at < {} RETURNING id", before))


def _edit(row: Row) -> Edit:
    changes = json.loads(row["changes"])
    made = tuple(UUID(each) for each in changes.pop(_MADE_TAGS, ()))
    return Edit(**{**row, "changes": changes, "state": EditState(row["state"]), "made_tags": made})
