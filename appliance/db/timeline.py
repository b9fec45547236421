"""The timeline in SQL: taken local time newest first, then the id; the undated ones last, by upload.

The months of all answers are those of the local time. Whoever sees other people's assets as well has one part of the
query for each way in which they are seen, as each has an index of its own.
"""

from datetime import date

from piccolo.querystring import QueryString

from appliance.db.changes import revision
from appliance.db.engine import Database
from appliance.db.filters import to_sql
from appliance.db.visibility import owners_seen, searchable, visible_parts
from appliance.records.accounts import Sight, Viewer
from appliance.records.search import Filter
from appliance.records.timeline import RATIO_STEPS, SQUARE, Bucket, TimelineRows

_ANY = QueryString("TRUE")
# NULLS LAST although there are none: the index has it so.
_DATED, _IN_ORDER = QueryString("a.taken_at IS NOT NULL"), QueryString("taken_at DESC NULLS LAST, id DESC")
_UNDATED, _BY_UPLOAD = QueryString("a.taken_at IS NULL"), QueryString("uploaded_at DESC, id DESC")

_RATIO = (
    f"{SQUARE} + least(greatest(round({RATIO_STEPS} * ln(a.width::float8 / a.height) / ln(2)), {-SQUARE}),"
    f" {SQUARE - 1})::int"
)

_COLUMNS = QueryString(
    f"""
    a.id, a.filename, a.media_version AS version, {_RATIO} AS ratio, a.mean_color AS color,
    encode(a.thumbhash, 'base64') AS thumbhash,
    coalesce(a.taken_at, a.uploaded_at AT TIME ZONE 'UTC') AS at, a.taken_offset_minutes AS offset_minutes,
    a.mime AS type, NULL::int AS duration, a.expires_at, a.taken_at, a.uploaded_at
    """
)

_NAMES = (
    "id", "filename", "version", "ratio", "color", "thumbhash", "at", "offset_minutes", "type", "duration",
    "favourite", "rating", "expires_at", "mine", "owner",
)  # fmt: skip
_SHOWN = QueryString(
    "coalesce(string_agg(uuid_send(o.id) || int4send(o.version), ''::bytea)"
    " FILTER (WHERE o.mine OR o.expires_at IS NULL), ''::bytea)"
)
_ARRAYS = QueryString(", ".join(f"'{name}', coalesce(json_agg(o.{name}), '[]')" for name in _NAMES))


def seen_rows(viewer: Viewer, where: Filter, columns: QueryString, which: QueryString = _ANY) -> QueryString:
    """A SELECT of these columns of what a person sees outside the trash, as far as both conditions let it through."""
    narrowed = QueryString("{} AND {} AND {}", searchable(), to_sql(where, viewer), which)
    parts = [
        QueryString("SELECT {} FROM asset a WHERE {} AND {}", columns, part, narrowed)
        for part in visible_parts(viewer)
    ]
    return QueryString(" UNION ALL ".join("{}" for _ in parts), *parts)


async def timeline_rows(db: Database, viewer: Viewer, where: Filter) -> TimelineRows:
    """What the layout is made of, and the revision of which it is."""
    # The first has all its columns in the index.
    columns = "a.id, a.taken_at, a.width, a.height, a.mean_color"
    dated = seen_rows(viewer, where, QueryString(columns), _DATED)
    undated = seen_rows(viewer, where, QueryString(columns + ", a.uploaded_at"), _UNDATED)
    async with db.snapshot():
        return TimelineRows(
            revision=await revision(db, viewer),
            dated=await _packed(db, dated, _IN_ORDER),
            undated=await _packed(db, undated, _BY_UPLOAD),
        )


async def _packed(db: Database, rows: QueryString, order: QueryString) -> bytes:
    row = await db.fetch_one(
        """
        SELECT string_agg(timestamp_send(coalesce(o.taken_at, timestamp '2000-01-01')) || int4send(o.width)
            || int4send(o.height) || int4send(o.mean_color), ''::bytea) AS packed
        FROM ({} ORDER BY {}) o
        """,
        rows, order,
    )  # fmt: skip
    return (row and row["packed"]) or b""


async def find_bucket(db: Database, viewer: Viewer, where: Filter, month: date | None) -> Bucket:
    """The assets of a month; None: the undated ones.

    ``month`` is any of its days. The database writes the text: what it is made of is many and small.
    """
    which, order = _UNDATED, _BY_UPLOAD
    if month is not None:
        which, order = _within(viewer, month.replace(day=1)), _IN_ORDER
    columns = QueryString(
        "{}, a.owner = {} AS mine, a.owner = {} AND a.favourite AS favourite,"
        " CASE WHEN a.owner = {} THEN a.rating END AS rating, nullif(a.owner, {}) AS owner",
        _COLUMNS, *[viewer.user_id] * 4,
    )  # fmt: skip
    async with db.snapshot():
        now = await revision(db, viewer)
        [row] = await db.fetch(
            "SELECT json_build_object('rev', {}::text, {})::text AS text, {} AS shown FROM ({} ORDER BY {}) o",
            now, _ARRAYS, _SHOWN, seen_rows(viewer, where, columns, which), order,
        )  # fmt: skip
    return Bucket(now, row["text"], row["shown"])


def _within(viewer: Viewer, first: date) -> QueryString:
    days = QueryString("a.taken_at >= {}::date AND a.taken_at < {}::date + interval '1 month'", first, first)
    if viewer.sight is not Sight.ALL:
        return days
    # Owner by owner, as the index has them.
    return QueryString("{} AND a.owner = ANY(ARRAY({}))", days, owners_seen(viewer))
