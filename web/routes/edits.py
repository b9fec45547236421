"""Changes of many assets at once, their progress, and taking them back."""

from uuid import UUID

from appliance.db import edits as rows
from appliance.errors import (
    ClockDoubtful,
    Conflict,
    LibraryChanged,
    NotFound,
    TooManyEdits,
    UsageError,
)
from appliance.library import edits
from appliance.library.edit_changes import read_edit
from appliance.records.accounts import Scope
from appliance.records.edits import Chosen
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.edits import Edit, NewEdit


async def create_edit(call: Call[None, NewEdit]) -> Answer:
    """Change many assets."""
    asked = call.body.changes
    begun = await edits.begin_edit(
        call.appliance.db,
        call.appliance.queue,
        call.viewer,
        read_edit({name: getattr(asked, name) for name in asked.model_fields_set}),
        _which(call.body),
        trash_days=call.context.settings.trash_days,
    )
    call.note.object = str(begun.id)
    return Answer(Edit.of(begun), 202 if begun.is_open else 201)


def _which(body: NewEdit) -> tuple[UUID, ...] | Chosen:
    if (body.ids is None) == (body.filter is None):
        raise UsageError("Give either `ids` or `filter`.")
    if (body.filter is None) != (body.revision is None):
        raise UsageError("`filter` and `revision` go together.")
    if body.filter is not None and body.revision is not None:
        return Chosen(body.filter.wanted(), body.revision)
    return tuple(body.ids or ())


async def list_edits(call: Call[None, None]) -> list[Edit]:
    """One's edits, the latest first."""
    return [Edit.of(edit) for edit in await rows.list_edits(call.appliance.db, call.viewer.user_id)]


async def get_edit(call: Call[None, None]) -> Edit:
    """One edit and its progress."""
    return Edit.of(await edits.get_edit(call.appliance.db, call.viewer, call.uuid()))


async def undo_edit(call: Call[None, None]) -> Answer:
    """Take an edit back."""
    found = await edits.undo_edit(
        call.appliance.db,
        call.appliance.queue,
        call.viewer,
        call.uuid(),
        trash_days=call.context.settings.trash_days,
    )
    return Answer(Edit.of(found), 202 if found.is_open else 200)


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/edits",
        handler=create_edit,
        summary="Change many assets at once",
        tag="edits",
        description=(
            "At most 500 are changed before the answer comes, which is then 201; more are changed in the background,"
            " and the answer is 202. What fails unforeseen is tried again, some minutes long, also in the background."
            " With `filter` the `revision` says what you saw: if anything has changed since,"
            " that is a conflict (`library_changed`) and nothing is done."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.edit_many",
        body=NewEdit,
        responses={201: Edit, 202: Edit},
        errors=(NotFound, Conflict, LibraryChanged, ClockDoubtful, TooManyEdits),
    ),
    Operation(
        method="GET",
        path="/api/edits",
        handler=list_edits,
        summary="Your changes of many assets, the latest first",
        tag="edits",
        description="Those of the last 30 days, at most 100.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Edit]},
    ),
    Operation(
        method="GET",
        path="/api/edits/{id:uuid}",
        handler=get_edit,
        summary="How far a change of many assets has come",
        tag="edits",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: Edit},
    ),
    Operation(
        method="POST",
        path="/api/edits/{id:uuid}/undo",
        handler=undo_edit,
        summary="Take a change of many assets back",
        tag="edits",
        description=(
            "Each is again as it was before, tags and dates of leaving included, but what somebody changed since,"
            " which is kept. A change that is still going on stops. With more than 500 the answer is 202."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.undo",
        responses={200: Edit, 202: Edit},
        errors=(NotFound, Conflict, ClockDoubtful),
    ),
)
