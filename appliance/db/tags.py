"""Tags: words that one person puts on assets, upper and lower case being the same."""

from uuid import UUID

from appliance.db.engine import Database
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.organise import TagSummary


async def add_tags(db: Database, owner: UUID, asset_id: UUID, names: tuple[str, ...]) -> None:
    """Put these tags on an asset; those it has already stay. Belongs inside a transaction."""
    if not names:
        return
    # Two statements: the second one's snapshot sees tags that somebody else made while the first one waited.
    # Sorted, so that two writers never wait for each other.
    await db.fetch(
        """
        INSERT INTO tag (id, owner, name)
        SELECT gen_random_uuid(), {}, name FROM unnest({}::text[]) AS n (name) ORDER BY lower(name)
        ON CONFLICT (owner, lower(name)) DO NOTHING
        """,
        owner, list(names),
    )  # fmt: skip
    await db.fetch(
        """
        INSERT INTO asset_tag (asset, tag)
        SELECT {}::uuid, t.id FROM tag t
        WHERE t.owner = {} AND lower(t.name) IN (SELECT lower(name) FROM unnest({}::text[]) AS n (name))
        ON CONFLICT (asset, tag) DO NOTHING
        """,
        asset_id, owner, list(names),
    )  # fmt: skip


async def replace_tags(db: Database, owner: UUID, asset_id: UUID, names: tuple[str, ...]) -> None:
    """Make these the tags of an asset. Belongs inside a transaction."""
    await add_tags(db, owner, asset_id, names)
    await db.fetch(
        """
        DELETE FROM asset_tag x USING tag t
        WHERE x.asset = {} AND t.id = x.tag
          AND lower(t.name) NOT IN (SELECT lower(name) FROM unnest({}::text[]) AS n (name))
        """,
        asset_id, list(names),
    )  # fmt: skip


async def list_tags(db: Database, viewer: Viewer) -> tuple[TagSummary, ...]:
    """The tags on what a person may see, most used first, at most 10,000: each finds as many as it counts.

    Words of several people that differ in case only are one, spelt as this person does, if they use it.
    """
    rows = await db.fetch(
        """
        SELECT (array_agg(t.name ORDER BY t.owner <> {}, t.name))[1] AS name, count(*) AS assets
        FROM tag t JOIN asset_tag x ON x.tag = t.id JOIN asset a ON a.id = x.asset
        WHERE {} AND {}
        GROUP BY lower(t.name)
        ORDER BY assets DESC, lower(t.name)
        LIMIT 10000
        """,
        viewer.user_id, visible_to(viewer), searchable(),
    )  # fmt: skip
    return tuple(TagSummary(name=row["name"], assets=row["assets"]) for row in rows)
