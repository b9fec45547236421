"""Tags: words that one person puts on assets, upper and lower case being the same.

Whoever puts words on assets holds the owner's words, and whoever renames, merges or deletes words locks them, so that
no word goes while it is being put on something.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.locks import hold, lock
from appliance.db.visibility import own_words, searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.tags import Renamed, TagSummary, Word

#: Most words that are listed.
MAX_WORDS = 10_000


async def hold_words(db: Database, owner: UUID) -> None:
    """Wait until nobody renames, merges or deletes tags of this person; others may hold them as well."""
    await hold(db, f"tag:{owner}")


async def lock_words(db: Database, owner: UUID) -> None:
    """Wait until nobody else does anything with this person's tags."""
    await lock(db, f"tag:{owner}")


async def ensure_tags(db: Database, owner: UUID, names: Sequence[str]) -> tuple[UUID, ...]:
    """The ids of those of these tags that were missing and are there now."""
    # Sorted, so that two writers never wait for each other.
    rows = await db.fetch(
        """
        INSERT INTO tag (id, owner, name)
        SELECT gen_random_uuid(), {}, name FROM unnest({}::text[]) AS n (name) ORDER BY lower(name)
        ON CONFLICT (owner, lower(name)) DO NOTHING RETURNING id
        """,
        owner, list(names),
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def add_tags(db: Database, owner: UUID, asset_id: UUID, names: tuple[str, ...]) -> None:
    """Put these tags on an asset; those it has already stay. Belongs inside a transaction."""
    if not names:
        return
    # Two statements: the second one's snapshot sees tags that somebody else made while the first one waited.
    await hold_words(db, owner)
    await ensure_tags(db, owner, names)
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
    """The tags on what a person may see and those of their own, most used first, at most :data:`MAX_WORDS`.

    Each finds as many as it counts below it. Words of several people that differ in case only are one, spelt as this
    person does, if they use it.
    """
    return await _select(db, viewer, QueryString("TRUE"))


async def find_tag(db: Database, viewer: Viewer, tag_id: UUID) -> TagSummary | None:
    """A tag of this person's own, or None."""
    found = await _select(
        db, viewer, QueryString("word = (SELECT lower(t.name) FROM tag t WHERE t.id = {})", tag_id)
    )
    return next((each for each in found if each.id == tag_id), None)


async def _select(db: Database, viewer: Viewer, which: QueryString) -> tuple[TagSummary, ...]:
    # A picture that carries two words below another counts once for it; where nothing is below, there is no need
    # to look.
    rows = await db.fetch(
        """
        WITH seen AS MATERIALIZED (
            SELECT t.id, x.asset FROM tag t JOIN asset_tag x ON x.tag = t.id JOIN asset a ON a.id = x.asset
            WHERE {} AND {}
        ), carried AS (
            SELECT id, count(*) AS assets FROM seen GROUP BY id
        ), word AS (
            SELECT lower(t.name) AS word, t.name, t.owner, t.color, CASE WHEN {} THEN t.id END AS own,
                coalesce(c.assets, 0) AS assets
            FROM tag t LEFT JOIN carried c ON c.id = t.id WHERE c.id IS NOT NULL OR {}
        ), narrower AS (
            SELECT t.id, array_to_string((string_to_array(lower(t.name), '/'))[:level], '/') AS word
            FROM tag t, generate_series(1, array_length(string_to_array(t.name, '/'), 1)) AS level
            WHERE t.id IN (SELECT id FROM carried)
        ), total AS (
            SELECT n.word, count(DISTINCT s.asset) AS below FROM narrower n JOIN seen s ON s.id = n.id
            WHERE n.word IN (SELECT word FROM narrower GROUP BY word HAVING count(*) > 1) GROUP BY n.word
        ), listed AS (
            SELECT word, (array_agg(name ORDER BY own IS NULL, name))[1] AS name,
                (array_agg(own ORDER BY own))[1] AS id,
                (array_agg(color ORDER BY own IS NULL) FILTER (WHERE own IS NOT NULL))[1] AS color,
                sum(assets)::bigint AS assets
            FROM word WHERE {} GROUP BY word
        )
        SELECT l.id, l.name, l.color, l.assets, coalesce(total.below, l.assets) AS below
        FROM listed l LEFT JOIN total ON total.word = l.word
        ORDER BY l.assets DESC, l.word LIMIT {}
        """,
        visible_to(viewer), searchable(), own_words(viewer), own_words(viewer), which, MAX_WORDS,
    )  # fmt: skip
    return tuple(TagSummary(**row) for row in rows)


async def find_word(db: Database, viewer: Viewer, tag_id: UUID) -> Word | None:
    """A tag of this person's own without its counts, or None."""
    row = await db.fetch_one(
        "SELECT t.id, t.name, t.color FROM tag t WHERE t.id = {} AND {}", tag_id, own_words(viewer)
    )
    return Word(**row) if row else None


async def insert_tag(db: Database, owner: UUID, name: str, *, color: int | None) -> UUID | None:
    """The id of the new tag, or None where there is one of this name."""
    row = await db.fetch_one(
        "INSERT INTO tag (id, owner, name, color) VALUES ({}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        uuid4(), owner, name, color,
    )  # fmt: skip
    return row["id"] if row else None


async def set_color(db: Database, tag_id: UUID, color: int | None) -> None:
    """Give a tag a colour, or none."""
    await db.fetch("UPDATE tag SET color = {} WHERE id = {}", color, tag_id)


async def list_renamed(db: Database, owner: UUID, name: str, new: str) -> tuple[Renamed, ...]:
    """The tag of this name and all below it, with what they are called once it is called ``new``."""
    rows = await db.fetch(
        """
        WITH moving AS (SELECT t.id, {} AS name FROM tag t WHERE t.owner = {} AND ({} OR {}))
        SELECT m.id, m.name, taken.id AS taken_by
        FROM moving m LEFT JOIN tag taken ON taken.owner = {} AND lower(taken.name) = lower(m.name)
            AND taken.id NOT IN (SELECT id FROM moving)
        ORDER BY m.name
        """,
        _name_then("t", name, new), owner, _is("t", name), _is_below("t", name), owner,
    )  # fmt: skip
    return tuple(Renamed(**row) for row in rows)


async def names_at(db: Database, owner: UUID, name: str, *, but: str) -> tuple[str, ...]:
    """A person's tags of this name and below it, without those of another name and below that."""
    rows = await db.fetch(
        "SELECT t.name FROM tag t WHERE t.owner = {} AND ({} OR {}) AND NOT ({} OR {}) ORDER BY t.name",
        owner, _is("t", name), _is_below("t", name), _is("t", but), _is_below("t", but),
    )  # fmt: skip
    return tuple(row["name"] for row in rows)


async def rename_tags(db: Database, moved: Sequence[Renamed]) -> None:
    """Give each its new name; one whose name is taken becomes part of the tag that has it. Needs the words' lock."""
    joined = [each for each in moved if each.taken_by is not None]
    if joined:
        ids = [each.id for each in joined]
        await db.fetch(
            """
            UPDATE asset_tag x SET tag = m.heir FROM unnest({}::uuid[], {}::uuid[]) AS m (tag, heir)
            WHERE x.tag = m.tag AND NOT EXISTS (SELECT FROM asset_tag y WHERE y.asset = x.asset AND y.tag = m.heir)
            """,
            ids, [each.taken_by for each in joined],
        )  # fmt: skip
        await db.fetch("DELETE FROM tag WHERE id = ANY({}::uuid[])", ids)
    kept = [each for each in moved if each.taken_by is None]
    ids = [each.id for each in kept]
    # Out of each other's way first: one may get a name that another one is about to leave.
    await db.fetch("UPDATE tag SET name = id::text WHERE id = ANY({}::uuid[])", ids)
    await db.fetch(
        "UPDATE tag SET name = m.name FROM unnest({}::uuid[], {}::text[]) AS m (id, name) WHERE tag.id = m.id",
        ids, [each.name for each in kept],
    )  # fmt: skip


async def rename_in_defaults(db: Database, owner: UUID, name: str, new: str | None) -> None:
    """Let the folders of a person give the tag by its new name, and those below it; None: no longer give this one."""
    is_it = _is("d", name)
    touched = is_it if new is None else QueryString("({} OR {})", is_it, _is_below("d", name))
    renamed = QueryString("CASE WHEN {} THEN {} ELSE d.name END", touched, _name_then("d", name, new or ""))
    kept = QueryString("NOT {}", is_it) if new is None else QueryString("TRUE")
    await db.fetch(
        """
        UPDATE folder f SET default_tags = ARRAY(
            SELECT (array_agg(e.name ORDER BY e.place))[1] FROM (
                SELECT {} AS name, d.place FROM unnest(f.default_tags) WITH ORDINALITY AS d (name, place) WHERE {}
            ) AS e GROUP BY lower(e.name) ORDER BY min(e.place)
        )
        WHERE f.owner = {} AND EXISTS (SELECT FROM unnest(f.default_tags) AS d (name) WHERE {})
        """,
        renamed, kept, owner, touched,
    )  # fmt: skip


async def renamed_words(db: Database, words: Sequence[str], name: str, new: str) -> dict[str, str]:
    """Those of these words that are this tag or below it, with what they are called once it is called ``new``."""
    rows = await db.fetch(
        "SELECT w.name, {} AS renamed FROM unnest({}::text[]) AS w (name) WHERE {} OR {}",
        _name_then("w", name, new), list(words), _is("w", name), _is_below("w", name),
    )  # fmt: skip
    return {row["name"]: row["renamed"] for row in rows}


def _is(alias: str, name: str) -> QueryString:
    return QueryString(f"lower({alias}.name) = lower({{}})", name)


def _is_below(alias: str, name: str) -> QueryString:
    return QueryString(f"starts_with(lower({alias}.name), lower({{}}))", name + "/")


def _name_then(alias: str, name: str, new: str) -> QueryString:
    """What a word of this alias, which is ``name`` or below it, is called once that is called ``new``."""
    return QueryString(
        f"array_to_string({{}}::text || (string_to_array({alias}.name, '/'))"
        "[1 + array_length(string_to_array({}, '/'), 1):], '/')",
        new,
        name,
    )


async def delete_tag(db: Database, tag_id: UUID) -> None:
    """The word goes from all assets. Needs the words' lock."""
    await db.fetch("DELETE FROM tag WHERE id = {}", tag_id)
