"""Which assets a person may see, and which of those a search may answer with: the conditions of every read.

All are SQL conditions on the alias ``a`` of the asset table, or ``e`` of the embedding table. Nothing else decides
who sees what.

1. What is one's own is seen in any state.
2. What lies in a folder that is shared with one, or in any folder below it, is seen while it is out of the trash;
   and so is what others added to one's own folders.
3. With ADMIN_SEES_ALL an administrator sees all that is out of the trash.

A folder holds other people's assets only while they may add to it: ``appliance.db.guests`` sees to that whenever a
share ends or a folder moves. So who shares nothing, and with whom nothing is shared, sees their own alone.
"""

from uuid import UUID

from piccolo.querystring import QueryString

from appliance.records.accounts import Sight, Viewer


def belongs_to(owner: UUID) -> QueryString:
    """Assets of this person."""
    return QueryString("a.owner = {}", owner)


def owned_by(viewer: Viewer) -> QueryString:
    """Assets that belong to this person: what they may change."""
    return belongs_to(viewer.user_id)


def visible_to(viewer: Viewer, *, by_id: bool = False) -> QueryString:
    """Assets that this person may look at; ``by_id`` where they are few that are named, rather than to be found."""
    others = _of_others(viewer, by_id=by_id)
    return owned_by(viewer) if others is None else QueryString("({} OR ({}))", owned_by(viewer), others)


def visible_parts(viewer: Viewer) -> tuple[QueryString, ...]:
    """Conditions of which each asset that :func:`visible_to` shows meets exactly one: one's own, and the others.

    Each part has an index of its own, which a condition with OR leads past.
    """
    others = _of_others(viewer, by_id=False)
    if others is None:
        return (owned_by(viewer),)
    return owned_by(viewer), QueryString("a.owner <> {} AND {}", viewer.user_id, others)


def _of_others(viewer: Viewer, *, by_id: bool) -> QueryString | None:
    match viewer.sight:
        case Sight.OWN:
            return None
        case Sight.SHARED if by_id:
            # From the asset's folder upwards, however many folders there are below those that are shared; without the
            # OFFSET the planner may choose to list them all.
            return QueryString(
                """
                EXISTS (
                    SELECT FROM folder f JOIN folder top ON {} JOIN share s ON s.folder = top.id
                    WHERE f.id = a.folder AND {} OFFSET 0
                ) AND {}
                """,
                covers("top", "f"), _lets_in(viewer), searchable(),
            )  # fmt: skip
        case Sight.SHARED:
            # Not an array: that is gone through for each row, and sorted anew for each folder that is looked into.
            return QueryString("a.folder IN ({}) AND {}", open_folders(viewer), searchable())
        case Sight.ALL:
            return searchable()


def open_folders(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of folders in which a person may look at other people's assets; some may come twice."""
    return QueryString(
        "SELECT below.id FROM share s JOIN folder top ON top.id = s.folder JOIN folder below ON {} WHERE {}",
        covers("top", "below"), _lets_in(viewer),
    )  # fmt: skip


def _lets_in(viewer: Viewer) -> QueryString:
    """Shares ``s`` below whose folder ``top`` a person may see other people's assets: theirs, and what guests add."""
    return QueryString(
        "(s.subject = {} OR s.subject IS NULL OR s.owner = {})", viewer.user_id, viewer.user_id
    )


def covers(top: str, below: str) -> QueryString:
    """That the folder of the one alias is that of the other or lies below it.

    The two comparisons are those of the index on (owner, path); ``0`` is the sign after ``/``.
    """
    return QueryString(
        f"{below}.owner = {top}.owner AND {below}.path ~>=~ {top}.path AND {below}.path ~<~ ({top}.path || '0')"
        f" AND ({below}.path = {top}.path OR starts_with({below}.path, {top}.path || '/'))"
    )


def shares_with(viewer: Viewer) -> QueryString:
    """Shares, on the alias ``s``, by which others let a person in."""
    return QueryString(
        "((s.subject = {} OR s.subject IS NULL) AND s.owner <> {})", viewer.user_id, viewer.user_id
    )


def shown_path(person: UUID, sight: Sight) -> QueryString:
    """The path of the folder ``f`` as a person sees it: of somebody else's from the topmost folder they are let into.

    What is above a shared folder is its owner's business, its name included.
    """
    if sight is Sight.ALL:
        return QueryString("f.path")
    return QueryString(
        """
        CASE WHEN f.owner = {} THEN f.path ELSE substr(f.path, 1 + coalesce((
            SELECT min(length(top.path) - length(top.name)) FROM share s JOIN folder top ON top.id = s.folder
            WHERE (s.subject = {} OR s.subject IS NULL) AND {}
        ), length(f.path) - length(f.name))) END
        """,
        person, person, covers("top", "f"),
    )  # fmt: skip


def vectors_of(viewer: Viewer) -> QueryString:
    """Vectors among which are those of all that a person may look at; :func:`visible_to` decides of each."""
    match viewer.sight:
        case Sight.OWN:
            return QueryString("e.owner = {}", viewer.user_id)
        case Sight.SHARED:
            # Who shares with this person, and whoever may add to anybody's folders.
            return QueryString(
                """
                e.owner = ANY(ARRAY(
                    SELECT {}::uuid
                    UNION SELECT s.owner FROM share s WHERE {}
                    UNION SELECT guest.id FROM share s JOIN account guest ON guest.id = s.subject OR s.subject IS NULL
                        WHERE s.may = 'add'
                ))
                """,
                viewer.user_id, shares_with(viewer),
            )  # fmt: skip
        case Sight.ALL:
            return QueryString("TRUE")


def owners_seen(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of people whose changes may show in what a person looks at; some may come twice."""
    match viewer.sight:
        case Sight.OWN:
            return QueryString("SELECT {}::uuid", viewer.user_id)
        case Sight.SHARED:
            # Who shares with this person, and whoever may add to what is theirs or this person's.
            return QueryString(
                """
                SELECT {}::uuid
                UNION SELECT s.owner FROM share s WHERE {}
                UNION SELECT guest.id FROM share g JOIN account guest ON guest.id = g.subject OR g.subject IS NULL
                    WHERE g.may = 'add' AND (g.owner = {} OR g.owner IN (SELECT s.owner FROM share s WHERE {}))
                """,
                viewer.user_id, shares_with(viewer), viewer.user_id, shares_with(viewer),
            )  # fmt: skip
        case Sight.ALL:
            return QueryString("SELECT id FROM account")


def searchable() -> QueryString:
    """Assets that are neither trashed nor expired; an expiry takes effect at its very moment."""
    return QueryString("a.state = 'active' AND (a.expires_at IS NULL OR a.expires_at > now())")


def in_trash() -> QueryString:
    """Assets that can still be restored: trashed ones, and expired ones that no sweep has met yet."""
    return QueryString("(a.state = 'trashed' OR (a.state = 'active' AND a.expires_at <= now()))")


def hidden_ids(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of a person's own assets that are not :func:`searchable`: usually few, found by index.

    An exact scan over vectors leaves these out instead of joining every vector to its asset. The two halves
    are apart because each has a partial index of its own.
    """
    return QueryString(
        "SELECT a.id FROM asset a WHERE {} AND a.state <> 'active'"
        " UNION ALL SELECT a.id FROM asset a WHERE {} AND a.state = 'active' AND a.expires_at <= now()",
        owned_by(viewer),
        owned_by(viewer),
    )
