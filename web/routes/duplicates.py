"""Groups of pictures that are nearly the same or of one burst, and what their owner says of them."""

from typing import Any

from starlette.responses import Response

from appliance.errors import ClockDoubtful, Conflict, Forbidden, NotFound, TooManyEdits
from appliance.library import duplicates
from appliance.records.accounts import Scope
from appliance.records.groups import GroupKind
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.cursors import list_cursor, read_list_cursor
from web.schemas.edits import Edit
from web.schemas.groups import AlikeGroup, ApartBody, GroupPage, GroupQuery, KeepBody, Kept, UndoBody, Undone


async def list_duplicates(call: Call[GroupQuery, None]) -> GroupPage:
    """A page of one's groups."""
    page = await duplicates.list_groups(
        call.appliance.db,
        call.viewer,
        kind=GroupKind(call.query.kind),
        limit=call.query.limit,
        after=read_list_cursor(call.query.after),
    )
    return GroupPage(
        items=[AlikeGroup.of(group) for group in page.groups], total=page.total, next=list_cursor(page.next)
    )


async def get_duplicates(call: Call[None, None]) -> AlikeGroup:
    """One group."""
    return AlikeGroup.of(await duplicates.get_group(call.appliance.db, call.viewer, call.uuid()))


async def keep_duplicates_apart(call: Call[None, ApartBody]) -> Response:
    """Say that pictures are not alike."""
    await duplicates.keep_apart(call.appliance.db, call.viewer, call.uuid(), call.body.ids)
    return Response(status_code=204)


async def keep_one_duplicate(call: Call[None, KeepBody]) -> Kept:
    """Keep one and trash others."""
    kept = await duplicates.keep_one(
        call.appliance.db,
        call.appliance.queue,
        call.viewer,
        call.uuid(),
        keep=call.body.keep,
        trash=call.body.trash,
        trash_days=call.context.settings.trash_days,
    )
    call.note.object = str(kept.kept)
    return Kept.of(kept)


async def undo_keep_one(call: Call[None, UndoBody]) -> Undone:
    """Take back what keeping one did."""
    undone = await duplicates.undo_keep(
        call.appliance.db,
        call.appliance.queue,
        call.viewer,
        call.body.edits,
        trash_days=call.context.settings.trash_days,
    )
    return Undone(edits=[Edit.of(edit) for edit in undone])


_READ: dict[str, Any] = {"tag": "assets", "permission": Permission.SIGNED_IN, "scope": Scope.ASSET_READ}
_WRITE: dict[str, Any] = {"tag": "assets", "permission": Permission.CONTRIBUTE, "scope": Scope.ASSET_WRITE}

OPERATIONS = (
    Operation(
        **_READ,
        method="GET",
        path="/api/duplicates",
        handler=list_duplicates,
        summary="Your pictures that are nearly the same, in groups",
        description=(
            "The group with the latest picture comes first. Groups are made in the background, some seconds after a"
            " picture can be searched for, and only of pictures of one person. Nothing is deleted by itself."
        ),
        query=GroupQuery,
        responses={200: GroupPage},
    ),
    Operation(
        **_READ,
        method="GET",
        path="/api/duplicates/{id:uuid}",
        handler=get_duplicates,
        summary="One group of alike pictures",
        description="Also a hit's `group` of a search. Of other people's there are those that you may see.",
        responses={200: AlikeGroup},
        errors=(NotFound,),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/duplicates/{id:uuid}/apart",
        handler=keep_duplicates_apart,
        summary="Say that pictures of a group are not alike",
        description="It is kept, and these are never put into one group again.",
        audit="group.apart",
        body=ApartBody,
        responses={204: None},
        errors=(NotFound, Forbidden),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/duplicates/{id:uuid}/keep",
        handler=keep_one_duplicate,
        summary="Keep one picture of a group and trash others",
        description=(
            "Before, the kept one gets what it lacks of theirs: the albums that you put them into, tags, being a"
            " favourite, the best rating, a description, and the longest life. All of it or nothing is done."
        ),
        audit="group.keep",
        body=KeepBody,
        responses={200: Kept},
        errors=(NotFound, Forbidden, Conflict, ClockDoubtful, TooManyEdits),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/duplicates/undo",
        handler=undo_keep_one,
        summary="Take back that one picture was kept and others trashed",
        audit="group.undo",
        body=UndoBody,
        responses={200: Undone},
        errors=(NotFound, Conflict, ClockDoubtful),
    ),
)
