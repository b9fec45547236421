"""What shares open to a person: folders with all below them, and albums. Conditions on the alias ``s`` of a share."""

from uuid import UUID

from piccolo.querystring import QueryString

from appliance.records.accounts import Viewer


def covers(top: str, below: str) -> QueryString:
    """That the folder of the one alias is that of the other or lies below it.

    The two comparisons are those of the index on (owner, path); ``0`` is the sign after ``/``.
    """
    return QueryString(
        f"{below}.owner = {top}.owner AND {below}.path ~>=~ {top}.path AND {below}.path ~<~ ({top}.path || '0')"
        f" AND ({below}.path = {top}.path OR starts_with({below}.path, {top}.path || '/'))"
    )


def shares_with(viewer: Viewer) -> QueryString:
    """Shares by which others let a person in."""
    return QueryString("({} AND s.owner <> {})", is_for(viewer.user_id), viewer.user_id)


def is_for(person: UUID) -> QueryString:
    """Shares with this person, or with everybody."""
    return QueryString("(s.subject = {} OR s.subject IS NULL)", person)


def shows_others(person: UUID) -> QueryString:
    """Shares by which a person sees what is other people's: theirs, and what guests add to the person's own."""
    return QueryString("({} OR s.owner = {})", is_for(person), person)


def open_folders(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of folders in which a person may look at other people's assets; some may come twice."""
    return QueryString(
        "SELECT below.id FROM share s JOIN folder top ON top.id = s.folder JOIN folder below ON {} WHERE {}",
        covers("top", "below"), shows_others(viewer.user_id),
    )  # fmt: skip


def takes_from(person: UUID, folder: str = "f") -> QueryString:
    """That a person may put assets in the folder of this alias: it is theirs, or shared with them to add."""
    return QueryString(
        f"({folder}.owner = {{}} OR EXISTS (SELECT FROM share s JOIN folder top ON top.id = s.folder"
        " WHERE s.may = 'add' AND {} AND {}))",
        person,
        is_for(person),
        covers("top", folder),
    )


def opens_album(person: UUID, album: str = "b") -> QueryString:
    """That a person may look into the album of this alias: it is theirs, or shared with them."""
    return QueryString(
        f"({album}.owner = {{}} OR EXISTS (SELECT FROM share s WHERE s.album = {album}.id AND {{}}))",
        person,
        is_for(person),
    )


#: That who put the row ``x`` into the album of the share ``s`` may: it is their album, or shared with them to add.
MAY_LEND = QueryString(
    """
    (x.added_by = s.owner OR EXISTS (
        SELECT FROM share guest WHERE guest.album = x.album AND guest.may = 'add'
            AND (guest.subject = x.added_by OR guest.subject IS NULL)
    ))
    """
)


def lent_assets(viewer: Viewer) -> QueryString:
    """A SELECT of (asset, who put it there) of all albums by which a person sees other people's assets.

    An album lends an asset only where the asset's owner put it there, which is for the caller to compare.
    """
    return QueryString(
        "SELECT x.asset, x.added_by FROM share s JOIN album_asset x ON x.album = s.album WHERE {} AND {}",
        shows_others(viewer.user_id), MAY_LEND,
    )  # fmt: skip
