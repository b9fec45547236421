"""Which assets a person may see, and which of those a search may answer with: the two conditions of every read.

Both are SQL conditions on the alias ``a`` of the asset table. Nothing else decides who sees what.
"""

from piccolo.querystring import QueryString

from appliance.records.accounts import Viewer


def visible_to(viewer: Viewer) -> QueryString:
    """Assets that belong to this person."""
    return QueryString("a.owner = {}", viewer.user_id)


def searchable() -> QueryString:
    """Assets that are neither trashed nor expired; an expiry takes effect at its very moment."""
    return QueryString("a.state = 'active' AND (a.expires_at IS NULL OR a.expires_at > now())")


def in_trash() -> QueryString:
    """Assets that can still be restored: trashed ones, and expired ones that no sweep has met yet."""
    return QueryString("(a.state = 'trashed' OR (a.state = 'active' AND a.expires_at <= now()))")


def hidden_ids(viewer: Viewer) -> QueryString:
    """A SELECT of the ids of a person's assets that are not :func:`searchable`: usually few, found by index.

    An exact scan over vectors leaves these out instead of joining every vector to its asset. The two halves
    are apart because each has a partial index of its own.
    """
    return QueryString(
        "SELECT a.id FROM asset a WHERE {} AND a.state <> 'active'"
        " UNION ALL SELECT a.id FROM asset a WHERE {} AND a.state = 'active' AND a.expires_at <= now()",
        visible_to(viewer),
        visible_to(viewer),
    )
