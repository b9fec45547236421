"""The SQL conditions of what a filter says of names, places by their names, sizes, uploads and expiry.

What is compared by its letters is folded: without accents, in lower case. Looking through the names of 100,000 files
takes some 30 ms; what is uploaded, what expires and what lies in folders or albums is found by an index.
"""

from piccolo.querystring import QueryString

from appliance.db.opened import covers, opens_album, shows_others
from appliance.records.accounts import Sight, Viewer
from appliance.records.leaves import (
    ME,
    AlbumCalled,
    CameraLike,
    ExpiresBefore,
    ExpiresWithin,
    FolderCalled,
    IsExpiring,
    IsLarger,
    IsOriented,
    IsSmaller,
    IsUntagged,
    LensLike,
    NameLike,
    Orientation,
    OwnedBy,
    Unit,
    UploadedBetween,
)

_COMPARED = {Orientation.LANDSCAPE: ">", Orientation.PORTRAIT: "<", Orientation.SQUARE: "="}
_COUNTED = {Unit.BYTES: "a.bytes", Unit.PIXELS: "a.width::bigint * a.height"}

#: What says a thing of an asset by its own row alone.
OwnRow = (
    CameraLike
    | LensLike
    | NameLike
    | UploadedBetween
    | IsOriented
    | IsLarger
    | IsSmaller
    | IsExpiring
    | ExpiresBefore
    | ExpiresWithin
)
#: What has to know who asks, or to look elsewhere.
Elsewhere = FolderCalled | OwnedBy | IsUntagged


def folded(text: QueryString) -> QueryString:
    """A text without accents and in lower case: letters are taken apart, and their marks dropped."""
    return QueryString("folded({})", text)


def said(text: str) -> QueryString:
    """What was asked for, :func:`folded`."""
    return folded(QueryString("{}::text", text))


def of_row(where: OwnRow) -> QueryString:  # noqa: PLR0911 (one case each)
    """The condition on an asset's own row."""
    match where:
        case NameLike(text=text):
            return _has_letters(QueryString("a.filename"), text)
        case CameraLike(text=text):
            return _has_letters(QueryString("coalesce(a.camera, '')"), text)
        case LensLike(text=text):
            return _has_letters(QueryString("coalesce(a.lens, '')"), text)
        case IsOriented(value=value):
            return QueryString(f"a.width {_COMPARED[value]} a.height")
        case IsLarger(least=count, unit=unit):
            return QueryString(f"{_COUNTED[unit]} >= {{}}", count)
        case IsSmaller(most=count, unit=unit):
            return QueryString(f"{_COUNTED[unit]} <= {{}}", count)
        case UploadedBetween():
            return _uploaded(where)
        case IsExpiring() | ExpiresBefore() | ExpiresWithin():
            return _expires(where)


def elsewhere(where: Elsewhere, viewer: Viewer) -> QueryString:
    """The condition with what is asked of other tables, or of all names that there are."""
    match where:
        case FolderCalled(name=name):
            return QueryString("a.folder IN ({})", folders_called(name, viewer))
        case OwnedBy(name=name):
            if name.lower() == ME:
                return QueryString("a.owner = {}", viewer.user_id)
            return QueryString("a.owner = (SELECT id FROM account WHERE lower(name) = lower({}))", name)
        case IsUntagged():
            return QueryString("NOT EXISTS (SELECT FROM asset_tag x WHERE x.asset = a.id)")


def albums_called(where: AlbumCalled, viewer: Viewer) -> QueryString:
    """The condition for albums that are filled by hand; those with a rule are not among them."""
    opens = QueryString("b.owner = {}", viewer.user_id)
    if viewer.sight is not Sight.OWN:
        opens = opens_album(viewer.user_id)
    return QueryString(
        "a.id IN (SELECT x.asset FROM album_asset x JOIN album b ON b.id = x.album WHERE {} = {} AND {})",
        folded(QueryString("b.name")), said(where.name), opens,
    )  # fmt: skip


def folders_called(name: str, viewer: Viewer) -> QueryString:
    """A SELECT of the ids of folders that are called so, or have a path that ends so, with all below them.

    Of a path only the part counts that the viewer is shown: what is above a shared folder is its owner's business.
    """
    whose = (
        QueryString("TRUE") if viewer.sight is Sight.ALL else QueryString("top.owner = {}", viewer.user_id)
    )
    own = QueryString(
        "SELECT below.id FROM folder top JOIN folder below ON {} WHERE {} AND {}",
        covers("top", "below"), whose, _ends_so(QueryString("top.path"), name),
    )  # fmt: skip
    if viewer.sight is not Sight.SHARED:
        return own
    shown = QueryString("substr(top.path, 1 + length(root.path) - length(root.name))")
    shared = QueryString(
        "SELECT below.id FROM share s JOIN folder root ON root.id = s.folder JOIN folder top ON {}"
        " JOIN folder below ON {} WHERE {} AND {}",
        covers("root", "top"), covers("top", "below"), shows_others(viewer.user_id), _ends_so(shown, name),
    )  # fmt: skip
    return QueryString("{} UNION ALL {}", own, shared)


def _ends_so(path: QueryString, name: str) -> QueryString:
    end = QueryString("('/' || {})", said(name))
    return QueryString("right('/' || {}, length({})) = {}", folded(path), end, end)


def _has_letters(column: QueryString, text: str) -> QueryString:
    """That the column has these letters. Taking ASCII apart changes nothing, and most names have nothing else."""
    return QueryString(
        "CASE WHEN octet_length({}) = length({}) THEN strpos(lower({}), {}) > 0 ELSE strpos({}, {}) > 0 END",
        column, column, column, said(text), folded(column), said(text),
    )  # fmt: skip


def _uploaded(where: UploadedBetween) -> QueryString:
    parts = [QueryString("TRUE")]
    if where.first is not None:
        parts.append(QueryString("a.uploaded_at >= ({}::date)::timestamp AT TIME ZONE 'UTC'", where.first))
    if where.last is not None:
        # PostgreSQL's dates go beyond Python's last one.
        parts.append(QueryString("a.uploaded_at < ({}::date + 1)::timestamp AT TIME ZONE 'UTC'", where.last))
    return QueryString("(" + " AND ".join("{}" for _ in parts) + ")", *parts)


def _expires(where: IsExpiring | ExpiresBefore | ExpiresWithin) -> QueryString:
    match where:
        case IsExpiring():
            return QueryString("a.expires_at IS NOT NULL")
        case ExpiresBefore(day=day):
            return QueryString("a.expires_at < ({}::date)::timestamp AT TIME ZONE 'UTC'", day)
        case ExpiresWithin(days=days):
            return QueryString("a.expires_at < now() + make_interval(days => {}::int)", days)
