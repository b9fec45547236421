"""Turns a filter tree into a SQL condition on the alias ``a`` of the asset table."""

from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.filter_leaves import albums_called, elsewhere, folded, of_row, said
from appliance.db.opened import covers, open_folders, opens_album
from appliance.records.accounts import Role, Sight, Viewer
from appliance.records.leaves import (
    AlbumCalled,
    FolderCalled,
    IsUntagged,
    OwnedBy,
)
from appliance.records.rules import AlbumRule
from appliance.records.search import (
    MAX_DEPTH,
    And,
    Filter,
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Leaf,
    Not,
    Or,
    RatedAtLeast,
    TakenBetween,
)


def is_everything(where: Filter) -> bool:
    """Whether a filter lets everything through, so that counting past it is needless."""
    return isinstance(where, And) and all(is_everything(part) for part in where.of)


def to_sql(where: Filter, viewer: Viewer, *, depth: int = 0) -> QueryString:
    """The condition, which narrows what a viewer may see and decides nothing of that.

    Folder paths are those of the viewer's own tree. Tags are the words of each asset's owner: a shared asset is found
    by its owner's tags, which are shown with it, and other people's words never match one's own assets.

    Raises:
        ValueError: nested deeper than :data:`~appliance.records.search.MAX_DEPTH`.
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


def _leaf(where: Leaf, viewer: Viewer) -> QueryString:
    match where:
        case InFolder() | InFolderId() | InAlbum() | AlbumCalled():
            return _in_place(where, viewer)
        case FolderCalled() | OwnedBy() | IsUntagged():
            return elsewhere(where, viewer)
        case HasTag(name=name):
            return _has_tag(name, viewer)
        case IsFavourite() | RatedAtLeast():
            return _own_words(where, viewer)
        case TakenBetween() | IsUndated() | IsKind() | HasCamera():
            return _is_such(where)
        case _:
            return of_row(where)


def _own_words(where: IsFavourite | RatedAtLeast, viewer: Viewer) -> QueryString:
    match where:
        case IsFavourite():
            return QueryString("(a.owner = {} AND a.favourite)", viewer.user_id)
        case RatedAtLeast(rating=rating):
            return QueryString("(a.owner = {} AND a.rating >= {})", viewer.user_id, rating)


def _in_place(where: InFolder | InFolderId | InAlbum | AlbumCalled, viewer: Viewer) -> QueryString:
    match where:
        case InFolder(path=path):
            return QueryString(
                "a.folder IN (SELECT f.id FROM folder f WHERE f.owner = {} AND (f.path = {} OR f.path LIKE {}))",
                viewer.user_id, path, _like_prefix(path + "/"),
            )  # fmt: skip
        case InFolderId(id=folder_id):
            return QueryString(
                "a.folder IN (SELECT below.id FROM folder top JOIN folder below ON {} WHERE top.id = {} AND {})",
                covers("top", "below"), folder_id, _may_open(viewer),
            )  # fmt: skip
        case InAlbum(id=album_id):
            return _in_album(album_id, viewer)
        case AlbumCalled():
            return _in_albums_called(where, viewer)


def _in_album(album_id: UUID, viewer: Viewer) -> QueryString:
    for rule in viewer.rules:
        if rule.album == album_id:
            return meets_rule(rule, viewer)
    opens = QueryString("b.owner = {}", viewer.user_id)
    if viewer.sight is not Sight.OWN:
        opens = opens_album(viewer.user_id)
    return QueryString(
        "a.id IN (SELECT x.asset FROM album_asset x JOIN album b ON b.id = x.album WHERE b.id = {} AND {})",
        album_id, opens,
    )  # fmt: skip


def _in_albums_called(where: AlbumCalled, viewer: Viewer) -> QueryString:
    parts = [albums_called(where, viewer)]
    for rule in viewer.rules:
        called = QueryString(
            "EXISTS (SELECT FROM album b WHERE b.id = {} AND {} = {})",
            rule.album, folded(QueryString("b.name")), said(where.name),
        )  # fmt: skip
        parts.append(QueryString("({} AND {})", called, meets_rule(rule, viewer)))
    return _joined(" OR ", "FALSE", parts)


def meets_rule(rule: AlbumRule, viewer: Viewer) -> QueryString:
    """Those of the assets of the rule's owner that meet it as the owner would have it, for whom they are shared with.

    Nothing, once the rule is another or the album is not shared with the viewer any more, whatever they knew before.
    """
    whose = Viewer(rule.owner, "", Role.VIEWER, frozenset(), Sight.OWN)
    return QueryString(
        "(a.owner = {} AND {} AND EXISTS"
        " (SELECT FROM album b WHERE b.id = {} AND b.owner = {} AND b.rule = {}::jsonb AND {}))",
        rule.owner, to_sql(rule.where, whose), rule.album, rule.owner, rule.stored, opens_album(viewer.user_id),
    )  # fmt: skip


def _has_tag(name: str, viewer: Viewer) -> QueryString:
    # The owners are named for the index on (owner, name).
    owners = QueryString("{}::uuid", viewer.user_id)
    if viewer.sight is not Sight.OWN:
        owners = QueryString("ANY(ARRAY(SELECT id FROM account))")
    return QueryString(
        "a.id IN (SELECT x.asset FROM asset_tag x JOIN tag t ON t.id = x.tag"
        " WHERE t.owner = {} AND (lower(t.name) = lower({}) OR starts_with(lower(t.name), lower({}))))",
        owners, name, name + "/",
    )  # fmt: skip


def _is_such(where: TakenBetween | IsUndated | IsKind | HasCamera) -> QueryString:
    match where:
        case IsKind(value=value):
            column = "a.mime" if "/" in value else "a.kind"
            return QueryString(column + " = {}", value)
        case HasCamera(name=name):
            return QueryString("coalesce(a.camera, '') = {}", name)
        case IsUndated():
            return QueryString("a.taken_at IS NULL")
        case TakenBetween():
            return _taken_between(where)


def _may_open(viewer: Viewer) -> QueryString:
    match viewer.sight:
        case Sight.OWN:
            return QueryString("top.owner = {}", viewer.user_id)
        case Sight.SHARED:
            return QueryString("(top.owner = {} OR top.id IN ({}))", viewer.user_id, open_folders(viewer))
        case Sight.ALL:
            return QueryString("TRUE")


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
