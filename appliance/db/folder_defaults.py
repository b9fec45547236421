"""What uploads get from the folder that they go to, where they don't say it themselves."""

from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.records.sharing import Defaults


async def set_defaults(
    db: Database, folder_id: UUID, *, ttl_seconds: int | None, tags: Sequence[str]
) -> None:
    """Give a folder its defaults; None and none at all: those of a folder above it."""
    await db.fetch(
        "UPDATE folder SET default_ttl_seconds = {}, default_tags = {} WHERE id = {}",
        ttl_seconds, list(tags), folder_id,
    )  # fmt: skip


async def own_defaults(db: Database, folder_id: UUID) -> Defaults:
    """What a folder itself says, which may be nothing."""
    row = await db.fetch_one(
        "SELECT default_ttl_seconds AS ttl_seconds, default_tags AS tags FROM folder WHERE id = {}", folder_id
    )
    return Defaults(row["ttl_seconds"], tuple(row["tags"])) if row else Defaults()


async def defaults_at(db: Database, owner: UUID, path: str) -> Defaults:
    """What the folders on the way down to this path of a person's say, each thing as the last of them says it."""
    return await _nearest(db, owner, QueryString("{}::text", path))


async def defaults_of(db: Database, owner: UUID, folder_id: UUID) -> Defaults:
    """The same for a folder that is there, whosever it is, if this is its owner."""
    return await _nearest(
        db, owner, QueryString("(SELECT path FROM folder WHERE id = {} AND owner = {})", folder_id, owner)
    )


async def _nearest(db: Database, owner: UUID, path: QueryString) -> Defaults:
    row = await db.fetch_one(
        """
        WITH on_the_way AS (
            SELECT f.default_ttl_seconds, f.default_tags, length(f.path) AS depth FROM folder f
            WHERE f.owner = {} AND f.path = ANY(ARRAY(
                SELECT array_to_string(goal.names[:level], '/')
                FROM (SELECT string_to_array({}, '/') AS names) goal,
                    generate_series(1, cardinality(goal.names)) level
            ))
        )
        SELECT
            (SELECT default_ttl_seconds FROM on_the_way WHERE default_ttl_seconds IS NOT NULL
             ORDER BY depth DESC LIMIT 1) AS ttl_seconds,
            (SELECT default_tags FROM on_the_way WHERE cardinality(default_tags) > 0
             ORDER BY depth DESC LIMIT 1) AS tags
        """,
        owner, path,
    )  # fmt: skip
    return Defaults(row["ttl_seconds"], tuple(row["tags"] or ())) if row else Defaults()
