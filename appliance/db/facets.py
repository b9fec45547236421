"""How many of what a person sees under a filter have each year, folder, tag, camera, type and owner."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.changes import revision
from appliance.db.engine import Database, Row
from appliance.db.opened import open_folders
from appliance.db.timeline import seen_rows
from appliance.db.visibility import own_words, shown_path
from appliance.records.accounts import Sight, Viewer
from appliance.records.search import Filter
from appliance.records.timeline import Count, Facets, FolderCount, OwnerCount, TagCount

#: Most values of each kind, the most frequent ones; and most distinct ones of a kind that are looked at.
MAX_VALUES = 1_000
_MOST_DISTINCT = 50_000

# What ``grouping`` says of the five sets below.
_YEAR, _FOLDER, _CAMERA, _TYPE, _OWNER = 0b01111, 0b10111, 0b11011, 0b11101, 0b11110

_ANY = QueryString("TRUE")


async def find_facets(
    db: Database,
    viewer: Viewer,
    where: Filter,
    *,
    among: Sequence[UUID] | None = None,
    most: int = MAX_VALUES,
) -> Facets:
    """Counts of everything that a list with this filter would show, and the revision of which they are.

    With ``among`` only these assets are counted; ``most`` values of a kind are given.
    """
    which = _ANY if among is None else QueryString("a.id = ANY({}::uuid[])", list(among))
    async with db.snapshot():
        now = await revision(db, viewer)
        rows = await _counted(db, viewer, where, which)
        folders = await _folders(db, viewer, [row for row in rows if row["which"] == _FOLDER], most)
        tags = await _tags(db, viewer, where, which, most)
        owners = await _owners(db, [row for row in rows if row["which"] == _OWNER], most)
    years: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    types: Counter[str] = Counter()
    undated = 0
    for row in rows:
        if row["which"] == _YEAR:
            years[str(row["year"])] += row["n"]
            undated += row["n"] if row["undated"] else 0
        elif row["which"] == _TYPE:
            kinds[row["kind"]] += row["n"]
            types[row["mime"]] += row["n"]
    cameras = Counter({row["camera"]: row["n"] for row in rows if row["which"] == _CAMERA})
    return Facets(
        revision=now,
        total=years.total(),
        undated=undated,
        years=tuple(Count(year, years[year]) for year in sorted(years, key=int, reverse=True)[:most]),
        folders=folders,
        tags=tags,
        cameras=_most(cameras, most),
        kinds=_most(kinds, most),
        types=_most(types, most),
        owners=owners,
    )


def _most(counts: Counter[str], most: int) -> tuple[Count, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(value, assets) for value, assets in ordered[:most])


async def _counted(db: Database, viewer: Viewer, where: Filter, which: QueryString) -> list[Row]:
    """One pass over all that is seen; a row for each value of each kind."""
    columns = QueryString(
        "date_part('year', coalesce(a.taken_at, a.uploaded_at AT TIME ZONE 'UTC'))::int AS year,"
        " a.taken_at IS NULL AS undated, a.folder, coalesce(a.camera, '') AS camera, a.mime, a.kind, a.owner"
    )
    return await db.fetch(
        """
        SELECT * FROM (
            SELECT counted.*, row_number() OVER (PARTITION BY which ORDER BY n DESC) AS place FROM (
                SELECT grouping(year, folder, camera, mime, owner) AS which, year, undated, folder, camera, mime,
                    kind, owner, count(*) AS n
                FROM ({}) seen
                GROUP BY GROUPING SETS ((year, undated), (folder), (camera), (mime, kind), (owner))
            ) counted
        ) ranked WHERE place <= {}
        """,
        seen_rows(viewer, where, columns, which), _MOST_DISTINCT,
    )  # fmt: skip


async def _owners(db: Database, rows: Sequence[Row], most: int) -> tuple[OwnerCount, ...]:
    counts = {row["owner"]: row["n"] for row in rows}
    found = await db.fetch("SELECT id, name FROM account WHERE id = ANY({}::uuid[])", list(counts))
    owners = [OwnerCount(row["id"], row["name"], counts[row["id"]]) for row in found]
    return tuple(sorted(owners, key=lambda each: (-each.assets, each.name))[:most])


async def _folders(db: Database, viewer: Viewer, rows: Sequence[Row], most: int) -> tuple[FolderCount, ...]:
    """The folders that the viewer may see, with all that lies in them or below."""
    direct = {row["folder"]: row["n"] for row in rows if row["folder"] is not None}
    may_open = QueryString("top.owner = {}", viewer.user_id)
    if viewer.sight is Sight.SHARED:
        may_open = QueryString("({} OR top.id IN ({}))", may_open, open_folders(viewer))
    elif viewer.sight is Sight.ALL:
        may_open = QueryString("TRUE")
    found = await db.fetch(
        """
        WITH direct AS (
            SELECT f.owner, string_to_array(f.path, '/') AS names, d.n
            FROM unnest({}::uuid[], {}::bigint[]) AS d (id, n) JOIN folder f ON f.id = d.id
        ), above AS (
            SELECT owner, array_to_string(names[:level], '/') AS path, sum(n)::bigint AS assets
            FROM direct, generate_series(1, array_length(names, 1)) AS level GROUP BY 1, 2
        ), seen AS (
            SELECT top.id, above.assets
            FROM above JOIN folder top ON top.owner = above.owner AND top.path = above.path
            WHERE {} ORDER BY above.assets DESC, top.id LIMIT {}
        )
        SELECT f.id, {} AS path, seen.assets, f.owner = {} AS mine FROM seen JOIN folder f ON f.id = seen.id
        ORDER BY seen.assets DESC, f.id
        """,
        list(direct), list(direct.values()), may_open, most, shown_path(viewer.user_id, viewer.sight),
        viewer.user_id,
    )  # fmt: skip
    return tuple(FolderCount(**row) for row in found)


async def _tags(
    db: Database, viewer: Viewer, where: Filter, which: QueryString, most: int
) -> tuple[TagCount, ...]:
    """Words as their owners spell them, one's own spelling first; each with all that a filter by it finds.

    What is only above words that are carried is a word as well, and one's own where one of those is.
    """
    mine = own_words(viewer)
    # A picture with two words below another counts once for it; where there is no such pair, none need be looked for.
    found = await db.fetch(
        """
        WITH seen AS MATERIALIZED (
            SELECT x.tag, x.asset FROM ({}) a JOIN asset_tag x ON x.asset = a.id
        ), carried AS (
            SELECT tag AS id, count(*) AS n FROM seen GROUP BY tag
        ), word AS (
            SELECT t.id, string_to_array(t.name, '/') AS parts, c.n, {} AS own
            FROM tag t JOIN carried c ON c.id = t.id
        ), above AS (
            SELECT w.id, w.n, w.own, level = array_length(w.parts, 1) AS whole,
                array_to_string(w.parts[:level], '/') AS name
            FROM word w, generate_series(1, array_length(w.parts, 1)) AS level
        ), wider AS (
            SELECT above.*, lower(name) AS word FROM above
        ), single AS (
            SELECT word, sum(n)::bigint AS assets FROM wider GROUP BY word HAVING count(*) = 1
        ), several AS (
            SELECT wider.word, count(DISTINCT s.asset) AS assets FROM wider JOIN seen s ON s.tag = wider.id
            WHERE wider.word NOT IN (SELECT word FROM single) GROUP BY wider.word
        ), named AS (
            SELECT word, (array_agg(name ORDER BY own DESC, whole DESC, name))[1] AS name,
                (array_agg(id) FILTER (WHERE own AND whole))[1] AS id, bool_or(own) AS mine
            FROM (
                SELECT id, name, word, own, whole FROM wider
                UNION ALL SELECT t.id, t.name, lower(t.name), TRUE, TRUE FROM tag t
                WHERE lower(t.name) IN (SELECT word FROM wider) AND {}
            ) spelt GROUP BY word
        )
        SELECT named.id, named.name, total.assets
        FROM (SELECT * FROM single UNION ALL SELECT * FROM several) total JOIN named ON named.word = total.word
        ORDER BY NOT named.mine, total.assets DESC, total.word LIMIT {}
        """,
        seen_rows(viewer, where, QueryString("a.id"), which), mine, mine, most,
    )  # fmt: skip
    return tuple(TagCount(**row) for row in found)
