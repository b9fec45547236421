"""The tags that assets carry."""

from starlette.responses import Response

from appliance.db import tags as rows
from appliance.errors import Conflict, NotFound
from appliance.library import tags
from appliance.records.accounts import Scope
from appliance.records.organise import UNSET
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.tags import NewTag, Tag, TagMerge, TagPatch, color_of


async def list_tags(call: Call[None, None]) -> list[Tag]:
    """The tags that one sees, the most used first."""
    return [Tag.of(tag) for tag in await rows.list_tags(call.appliance.db, call.viewer)]


async def create_tag(call: Call[None, NewTag]) -> Tag:
    """Make a tag."""
    made = await tags.create_tag(
        call.appliance.db, call.viewer, call.body.name, color=color_of(call.body.color)
    )
    call.note.object = str(made.id)
    return Tag.of(made)


async def edit_tag(call: Call[None, TagPatch]) -> Tag:
    """Rename or colour a tag."""
    changed = await tags.change_tag(
        call.appliance.db,
        call.viewer,
        call.uuid(),
        name=UNSET if call.body.name is None else call.body.name,
        color=color_of(call.body.color) if "color" in call.body.model_fields_set else UNSET,
        merge=call.body.merge,
    )
    return Tag.of(changed)


async def merge_tag(call: Call[None, TagMerge]) -> Tag:
    """Make one tag of two."""
    return Tag.of(await tags.merge_tag(call.appliance.db, call.viewer, call.uuid(), call.body.into))


async def delete_tag(call: Call[None, None]) -> Response:
    """Take a tag off everything."""
    await tags.delete_tag(call.appliance.db, call.viewer, call.uuid())
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/tags",
        handler=list_tags,
        summary="The tags that you see and your own, the most used first",
        tag="tags",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Tag]},
    ),
    Operation(
        method="POST",
        path="/api/tags",
        handler=create_tag,
        summary="Make a tag",
        tag="tags",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.tag.create",
        body=NewTag,
        responses={201: Tag},
        errors=(Conflict,),
    ),
    Operation(
        method="PATCH",
        path="/api/tags/{id:uuid}",
        handler=edit_tag,
        summary="Rename or colour a tag",
        tag="tags",
        description=(
            "What is below it is renamed as well. Where a name is taken that is a conflict, unless `merge` is true:"
            " then the answer is the tag that had the name, and carries both. Rules of your albums and your saved"
            " searches say the new name; an album whose rule holds more by it is shared with nobody afterwards."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.tag.edit",
        body=TagPatch,
        responses={200: Tag},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="POST",
        path="/api/tags/{id:uuid}/merge",
        handler=merge_tag,
        summary="Make one tag of two",
        tag="tags",
        description=(
            "What is below the one then lies below the other. Rules of your albums and your saved searches that"
            " name the one name the other then, and such albums are shared with nobody. The answer is the"
            " tag that stays."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.tag.merge",
        body=TagMerge,
        responses={200: Tag},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="DELETE",
        path="/api/tags/{id:uuid}",
        handler=delete_tag,
        summary="Take a tag off everything",
        tag="tags",
        description="The word goes; the pictures stay, and so do words below it.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.tag.delete",
        responses={204: None},
        errors=(NotFound,),
    ),
)
