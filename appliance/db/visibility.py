"""Which assets a person may see, and which of those a search may answer with: the conditions of every read.

All are SQL conditions on the alias ``a`` of the asset table, or ``e`` of the embedding table. Nothing else decides
who sees what.

1. What is one's own is seen in any state.
2. What lies in a folder that is shared with one, or in any folder below it, is seen while it is out of the trash;
   and so is what others added to one's own folders.
3. With ADMIN_SEES_ALL an administrator sees all that is out of the trash.
"""

from piccolo.querystring import QueryString

from appliance.records.accounts import Sight, Viewer


def owned_by(viewer: Viewer) -> QueryString:
    """Assets that belong to this person: what they may change."""
    return QueryString("a.owner = {}", viewer.user_id)


def visible_to(viewer: Viewer) -> QueryString:
    """Assets that this person may look at."""
    match viewer.sight:
        case Sight.OWN:
            return owned_by(viewer)
        case Sight.SHARED:
            # An array of a subquery is made once and lets the index on the folder be used, as a join would not.
            return QueryString(
                "(a.owner = {} OR (a.folder = ANY(ARRAY({})) AND {}))",
                viewer.user_id, open_folders(viewer), searchable(),
            )  # fmt: skip
        case Sight.ALL:
            return QueryString("(a.owner = {} OR {})", viewer.user_id, searchable())


def open_folders(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of folders whose assets a person may look at, whoever owns these: own and shared ones."""
    return QueryString(
        """
        SELECT own.id FROM folder own WHERE own.owner = {}
        UNION ALL
        SELECT below.id FROM share s JOIN folder top ON top.id = s.folder JOIN folder below
            ON below.owner = top.owner AND (below.id = top.id OR starts_with(below.path, top.path || '/'))
        WHERE (s.subject = {} OR s.subject IS NULL) AND s.owner <> {}
        """,
        viewer.user_id, viewer.user_id, viewer.user_id,
    )  # fmt: skip


def vectors_of(viewer: Viewer) -> QueryString:
    """Vectors among which are those of all that a person may look at; :func:`visible_to` decides of each."""
    match viewer.sight:
        case Sight.OWN:
            return QueryString("e.owner = {}", viewer.user_id)
        case Sight.SHARED:
            # Who shares with this person, or may add to their folders.
            return QueryString(
                """
                e.owner = ANY(ARRAY(
                    SELECT {}::uuid
                    UNION SELECT s.owner FROM share s WHERE s.subject = {} OR s.subject IS NULL
                    UNION SELECT other.owner FROM asset other JOIN folder f ON f.id = other.folder
                        WHERE f.id = ANY(ARRAY({})) AND other.owner <> f.owner
                ))
                """,
                viewer.user_id, viewer.user_id, open_folders(viewer),
            )  # fmt: skip
        case Sight.ALL:
            return QueryString("TRUE")


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
