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
