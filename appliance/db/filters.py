"""Turns a filter tree into a SQL condition on the alias ``a`` of the asset table."""

from piccolo.querystring import QueryString

from appliance.records.accounts import Viewer
from appliance.records.search import And, Filter, HasTag, InFolder, IsKind, Not, Or, TakenBetween

#: A tree deeper than this is not a person's; refused before the parser of SQL is asked to nest so far.
MAX_DEPTH = 32


def is_everything(where: Filter) -> bool:
    """Whether a filter lets everything through, so that counting past it is needless."""
    return isinstance(where, And) and all(is_everything(part) for part in where.of)


def to_sql(where: Filter, viewer: Viewer, *, depth: int = 0) -> QueryString:
    """The condition; folder paths and tags are those of the viewer.

    Raises:
        ValueError: nested deeper than :data:`MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise ValueError("the filter is nested too deeply")
    match where:
        case And(of=parts):
            return _joined(" AND ", "TRUE", [to_sql(part, viewer, depth=depth + 1) for part in parts])
        case Or(of=parts):
            return _joined(" OR ", "FALSE", [to_sql(part, viewer, depth=depth + 1) for part in parts])
        case Not(of=part):
            return QueryString("NOT coalesce({}, FALSE)", to_sql(part, viewer, depth=depth + 1))
        case _:
            return _leaf(where, viewer)


def _leaf(where: InFolder | HasTag | TakenBetween | IsKind, viewer: Viewer) -> QueryString:
    match where:
        case InFolder(path=path):
            return QueryString(
                "a.folder IN (SELECT f.id FROM folder f WHERE f.owner = {} AND (f.path = {} OR f.path LIKE {}))",
                viewer.user_id, path, _like_prefix(path + "/"),
            )  # fmt: skip
        case HasTag(name=name):
            return QueryString(
                "a.id IN (SELECT x.asset FROM asset_tag x JOIN tag t ON t.id = x.tag"
                " WHERE t.owner = {} AND lower(t.name) = lower({}))",
                viewer.user_id, name,
            )  # fmt: skip
        case IsKind(value=value):
            column = "a.mime" if "/" in value else "a.kind"
            return QueryString(column + " = {}", value)
        case TakenBetween():
            return _taken_between(where)


def _taken_between(where: TakenBetween) -> QueryString:
    taken = [QueryString("a.taken_at IS NOT NULL")]
    uploaded = [QueryString("a.taken_at IS NULL")]
    if where.first is not None:
        taken.append(QueryString("a.taken_at >= {}::date", where.first))
        uploaded.append(QueryString("a.uploaded_at >= ({}::date)::timestamp AT TIME ZONE 'UTC'", where.first))
    if where.last is not None:
        # PostgreSQL's dates go beyond Python's last one.
        taken.append(QueryString("a.taken_at < {}::date + 1", where.last))
        uploaded.append(
            QueryString("a.uploaded_at < ({}::date + 1)::timestamp AT TIME ZONE 'UTC'", where.last)
        )
    return _joined(" OR ", "FALSE", [_joined(" AND ", "TRUE", taken), _joined(" AND ", "TRUE", uploaded)])


def _joined(word: str, nothing: str, parts: list[QueryString]) -> QueryString:
    if not parts:
        return QueryString(nothing)
    return QueryString("(" + word.join("{}" for _ in parts) + ")", *parts)


def _like_prefix(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text + "%"
