"""Which assets a person may see, and which of those a search may answer with: the conditions of every read.

All are SQL conditions on the alias ``a`` of the asset table, or ``e`` of the embedding table. Nothing else decides
who sees what.

1. What is one's own is seen in any state.
2. What lies in a folder that is shared with one, or in any folder below it, is seen while it is out of the trash;
   and so is what others added to one's own folders.
3. What its owner put into an album that is shared with one is seen while it is out of the trash: an album of the
   owner's, or one that they may add to. So is what guests added to one's own albums.
4. Of an album with a rule that is shared with one, those of its owner's assets are seen that meet the rule now.
5. With ADMIN_SEES_ALL an administrator sees all that is out of the trash.

A folder or an album holds other people's assets only while they may add to it: ``appliance.db.guests`` and
``appliance.db.album_guests`` see to that whenever a share ends or a folder moves. What somebody else than its owner
put into an album is seen there by those who see it anyway. So who shares nothing, and with whom nothing is shared,
sees their own alone.
"""

from collections.abc import Iterable
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.filters import meets_rule
from appliance.db.opened import (
    MAY_LEND,
    covers,
    is_for,
    lent_assets,
    open_folders,
    shares_with,
    shows_others,
)
from appliance.records.accounts import Sight, Viewer


def belongs_to(owner: UUID) -> QueryString:
    """Assets of this person."""
    return QueryString("a.owner = {}", owner)


def owned_by(viewer: Viewer) -> QueryString:
    """Assets that belong to this person: what they may change."""
    return belongs_to(viewer.user_id)


def own_words(viewer: Viewer) -> QueryString:
    """Tags, on the alias ``t``, that are this person's own."""
    return QueryString("t.owner = {}", viewer.user_id)


def others_words(viewer: Viewer) -> QueryString:
    """Tags, on the alias ``t``, of other people whose assets this person may come upon."""
    match viewer.sight:
        case Sight.OWN:
            return QueryString("FALSE")
        case Sight.SHARED:
            return QueryString("(t.owner <> {} AND t.owner IN ({}))", viewer.user_id, owners_seen(viewer))
        case Sight.ALL:
            return QueryString("t.owner <> {}", viewer.user_id)


def visible_to(viewer: Viewer, *, by_id: bool = False) -> QueryString:
    """Assets that this person may look at; ``by_id`` where they are few that are named, rather than to be found."""
    others = _of_others(viewer, by_id=by_id)
    return owned_by(viewer) if others is None else QueryString("({} OR ({}))", owned_by(viewer), others)


def visible_parts(viewer: Viewer) -> tuple[QueryString, ...]:
    """Conditions of which each asset that :func:`visible_to` shows meets exactly one: one's own, and the others.

    Each part has an index of its own, which a condition with OR leads past.
    """
    parts: list[QueryString] = [owned_by(viewer)]
    ways = _ways_to_others(viewer)
    for number, way in enumerate(ways):
        before = [QueryString("AND NOT coalesce({}, FALSE)", earlier) for earlier in ways[:number]]
        besides = QueryString(" ".join("{}" for _ in before), *before)
        parts.append(
            QueryString("a.owner <> {} AND {} AND {} {}", viewer.user_id, way, searchable(), besides)
        )
    return tuple(parts)


def _of_others(viewer: Viewer, *, by_id: bool) -> QueryString | None:
    if viewer.sight is Sight.OWN:
        return None
    ways = _ways_by_id(viewer) if by_id else _ways_to_others(viewer)
    return QueryString(f"({' OR '.join('{}' for _ in ways)}) AND {{}}", *ways, searchable())


def _ways_to_others(viewer: Viewer) -> tuple[QueryString, ...]:
    """How a person comes upon other people's assets: by their folders, by albums, and by each of whose rules."""
    match viewer.sight:
        case Sight.OWN:
            return ()
        case Sight.SHARED:
            # Not an array: that is gone through for each row, and sorted anew for each folder that is looked into.
            ways = [QueryString("a.folder IN ({})", open_folders(viewer))]
            if viewer.in_albums:
                ways.append(QueryString("(a.id, a.owner) IN ({})", lent_assets(viewer)))
            return (*ways, *_ways_by_rule(viewer))
        case Sight.ALL:
            return (QueryString("TRUE"),)


def _ways_by_id(viewer: Viewer) -> tuple[QueryString, ...]:
    """The same from the asset upwards, however much is shared besides.

    Without the OFFSET the planner may choose to list it all.
    """
    if viewer.sight is not Sight.SHARED:
        return _ways_to_others(viewer)
    ways = [
        QueryString(
            """
            EXISTS (
                SELECT FROM folder f JOIN folder top ON {} JOIN share s ON s.folder = top.id
                WHERE f.id = a.folder AND {} OFFSET 0
            )
            """,
            covers("top", "f"), shows_others(viewer.user_id),
        )
    ]  # fmt: skip
    if viewer.in_albums:
        ways.append(
            QueryString(
                """
                EXISTS (
                    SELECT FROM album_asset x JOIN share s ON s.album = x.album
                    WHERE x.asset = a.id AND x.added_by = a.owner AND {} AND {} OFFSET 0
                )
                """,
                shows_others(viewer.user_id), MAY_LEND,
            )
        )  # fmt: skip
    return (*ways, *_ways_by_rule(viewer))


def _ways_by_rule(viewer: Viewer) -> Iterable[QueryString]:
    """For each person what the rules that they share with the viewer let through; each has the index of its owner."""
    by_owner: dict[UUID, list[QueryString]] = {}
    for rule in viewer.rules:
        if rule.owner != viewer.user_id:
            by_owner.setdefault(rule.owner, []).append(meets_rule(rule, viewer))
    for owner, met in by_owner.items():
        yield QueryString(f"({{}} AND ({' OR '.join('{}' for _ in met)}))", belongs_to(owner), *met)


def shown_path(person: UUID, sight: Sight) -> QueryString:
    """The path of the folder ``f`` as a person sees it: of somebody else's from the topmost folder they are let into.

    What is above a shared folder is its owner's business, its name included; and so is a folder that is not shared at
    all, whose assets may still be in an album that is: null.
    """
    if sight is Sight.ALL:
        return QueryString("f.path")
    return QueryString(
        """
        CASE WHEN f.owner = {} THEN f.path ELSE substr(f.path, 1 + (
            SELECT min(length(top.path) - length(top.name)) FROM share s JOIN folder top ON top.id = s.folder
            WHERE {} AND {}
        )) END
        """,
        person, is_for(person), covers("top", "f"),
    )  # fmt: skip


def shown_folder(person: UUID, sight: Sight) -> QueryString:
    """The id of the folder ``f``, null where :func:`shown_path` is."""
    if sight is Sight.ALL:
        return QueryString("f.id")
    return QueryString(
        """
        CASE WHEN f.owner = {} OR EXISTS (
            SELECT FROM share s JOIN folder top ON top.id = s.folder WHERE {} AND {}
        ) THEN f.id END
        """,
        person, is_for(person), covers("top", "f"),
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
