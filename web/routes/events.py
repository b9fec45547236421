"""What happens to the library: as a stream while it happens, or asked for now and then."""

import hashlib

from starlette.responses import Response

from appliance.errors import TooManyStreams
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.downloads import is_known
from web.live.desk import desk_of
from web.live.stream import EventStream
from web.operation import Call, Media, Operation
from web.schemas.events import Changes, ChangesQuery, EventsQuery

_EVENTS = """Server-sent events, one stream per browser. The `id` of an event is where it leads to in the log of
changes; a browser that comes back sends the last one as `Last-Event-ID`, a script as `after`, and is told what it
missed, some of it perhaps twice. The data is JSON:

- `hello` is first: `{id, revision, volume}`. Lists that are asked for after it miss nothing that is told later.
- `assets` `{ids}`: these are new or changed; null: too many to name. What is gone is not named.
- `library` `{revision}`: lists changed. `folders`, `albums`, `tags`, `shares` `{}`: these did.
- `edit` `{id, state, done, total}`: how far an edit of one's own is.
- `jobs` `{pending, running, failed}`: one's own background work.
- `volume` `{state}`: `online`, `missing` or `foreign`.
- `models` `{sets}` and `purge` `{held, due, due_bytes}`, to administrators.
- `resync` `{}`: something can't be told any more; ask for everything anew.
- `end` `{reason}` is last: `signed_out`, `superseded` by newer streams of the same session
  or person, `over` after `seconds`, or `stopping`.

Comments come between, so that the connection is not taken for dead."""


async def watch(call: Call[EventsQuery, None]) -> Response:
    """A stream of what happens."""
    desk = desk_of(call.context)
    desk.watchers.require_room()
    after = call.request.headers.get("last-event-id")
    if after is None and call.query.after is not None:
        after = str(call.query.after)
    if call.caller is None:
        raise RuntimeError("a stream is somebody's")
    return EventStream(desk, call.context, call.request, call.caller, after=after, seconds=call.query.seconds)


async def list_changes(call: Call[ChangesQuery, None]) -> Response:
    """What happened since."""
    desk = desk_of(call.context)
    await desk.refresh()
    position, volume = desk.feed.settled, await desk.volume()
    after = call.query.after
    events = [] if after is None else await desk.events_since(call.viewer, after)
    body = Changes.of(events, position, volume.data["state"]).model_dump_json().encode()
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_known(call.request.headers, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/events",
        handler=watch,
        summary="What happens, as it happens",
        tag="live",
        description=_EVENTS,
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=EventsQuery,
        responses={200: Media(("text/event-stream",), "The stream.")},
        errors=(TooManyStreams,),
    ),
    Operation(
        method="GET",
        path="/api/changes",
        handler=list_changes,
        summary="What happened since, for who asks now and then",
        tag="live",
        description="The same events as the stream's. Takes `If-None-Match`: 304 as long as nothing happened.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=ChangesQuery,
        responses={200: Changes, 304: None},
    ),
)
