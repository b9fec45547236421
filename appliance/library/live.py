"""What a person who watches is told of a change: of nobody's things in which they see nothing, and no foreign id.

An event says what to ask for again. What it names is looked up when it is told, not when it happened, so that it is
never more than the person could ask for at this moment.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from appliance.db.change_log import list_progress, seen_owners, visible_ids
from appliance.db.changes import revision
from appliance.db.engine import Database
from appliance.db.jobs import count_jobs
from appliance.db.purge_holds import find_open
from appliance.library.sets import status
from appliance.records.accounts import Role, Scope, Sight, Viewer
from appliance.records.live import Change, Event

#: Most assets that one event names; of more it says that there are many.
MOST_IDS = 1000

#: What lists show changes with these.
_SHOWN = frozenset({"asset", "tag", "folder", "album", "share", "trim"})

#: What is told of changes of one's own alone; of what concerns everybody likewise.
_OWN = {"tag": "tags", "share": "shares", "edit": "edit"}

#: What is told of everybody's in whose things one sees something.
_SEEN = {"folder": "folders", "album": "albums"}

#: What only whoever runs the appliance is told.
_RUN = {"model": "models", "job": "models", "purge": "purge"}


@dataclass(frozen=True, slots=True)
class Concern:
    """What of some changes concerns a person."""

    #: Names of events.
    names: frozenset[str] = frozenset()
    #: Assets that are new or changed and that they may see; None: too many to name.
    assets: tuple[UUID, ...] | None = ()


#: What everybody is told who begins to watch again after something was missed.
EVERYTHING = frozenset({"library", "folders", "albums", "tags", "shares", "edit", "jobs", "models", "purge"})


def runs_it(viewer: Viewer) -> bool:
    """Whether this person may know how the appliance is."""
    return viewer.role is Role.ADMIN and Scope.ADMIN in viewer.scopes


async def concern_of(db: Database, viewer: Viewer, changes: Iterable[Change]) -> Concern:
    """What of these changes this person is told.

    Raises:
        DatabaseUnavailable: it is away.
    """
    changes = tuple(changes)
    owners = {viewer.user_id}
    if viewer.sight is not Sight.OWN and any(
        change.owner not in {viewer.user_id, None} for change in changes
    ):
        owners |= await seen_owners(db, viewer)
    names: set[str] = set()
    ids: set[UUID] = set()
    many = False
    for change in changes:
        is_own = change.owner in {viewer.user_id, None}
        if change.kind in _RUN and runs_it(viewer):
            names.add(_RUN[change.kind])
        if not is_own and change.owner not in owners:
            continue
        names |= _names(change.kind, is_own=is_own)
        if change.kind == "asset" or (change.kind == "job" and is_own):
            ids.update(change.assets or ())
            many = many or change.assets is None
    return await _named(db, viewer, names, ids, many=many)


def _names(kind: str, *, is_own: bool) -> set[str]:
    names = {_SEEN[kind]} if kind in _SEEN else set()
    if kind in _SHOWN:
        names.add("library")
    if is_own and kind in _OWN:
        names.add(_OWN[kind])
    if is_own and kind in {"asset", "job"}:
        names.add("jobs")
    if is_own and kind == "share":
        names |= {"folders", "albums"}
    return names


async def _named(db: Database, viewer: Viewer, names: set[str], ids: set[UUID], *, many: bool) -> Concern:
    many = many or len(ids) > MOST_IDS
    shown: tuple[UUID, ...] | None = None
    if not many:
        shown = await visible_ids(db, viewer, sorted(ids)) if ids else ()
    if many or shown:
        names.add("assets")
    return Concern(frozenset(names), shown)


async def events_of(db: Database, viewer: Viewer, concern: Concern) -> list[Event]:
    """The events of these names, in an order in which they can be acted on.

    Raises:
        DatabaseUnavailable: it is away.
    """
    events: list[Event] = []
    if "assets" in concern.names:
        ids = None if concern.assets is None else [str(each) for each in concern.assets]
        events.append(Event("assets", {"ids": ids}))
    for name in ("folders", "albums", "tags", "shares"):
        if name in concern.names:
            events.append(Event(name, {}))
    for name, tell in _TELLERS.items():
        if name in concern.names and (name not in {"models", "purge"} or runs_it(viewer)):
            events += [Event(name, data) for data in await tell(db, viewer)]
    return events


async def _library(db: Database, viewer: Viewer) -> list[dict[str, Any]]:
    return [{"revision": await revision(db, viewer)}]


async def _edits(db: Database, viewer: Viewer) -> list[dict[str, Any]]:
    return [
        {"id": str(each.id), "state": each.state, "done": each.done, "total": each.total}
        for each in await list_progress(db, viewer)
    ]


async def _jobs(db: Database, viewer: Viewer) -> list[dict[str, Any]]:
    counts = await count_jobs(db, viewer)
    return [{"pending": counts.pending, "running": counts.running, "failed": counts.failed}]


async def _models(db: Database, viewer: Viewer) -> list[dict[str, Any]]:
    del viewer
    sets = [
        {
            "name": each.model.name,
            "state": each.model.state.value,
            "active": each.active,
            "assets": each.assets,
            "vectors": each.vectors,
            "waiting": each.waiting,
        }
        for each in await status(db)
    ]
    return [{"sets": sets}]


async def _purge(db: Database, viewer: Viewer) -> list[dict[str, Any]]:
    del viewer
    hold = await find_open(db)
    if hold is None:
        return [{"held": False, "due": 0, "due_bytes": 0}]
    return [{"held": True, "due": hold.due, "due_bytes": hold.due_bytes}]


_Teller = Callable[[Database, Viewer], Awaitable[list[dict[str, Any]]]]

_TELLERS: Mapping[str, _Teller] = {
    "edit": _edits,
    "jobs": _jobs,
    "models": _models,
    "purge": _purge,
    # The last one: whoever acts on it has heard of all that may have led to it.
    "library": _library,
}
