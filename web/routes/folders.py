"""The folders that assets are in, and with whom they are shared."""

from starlette.responses import Response

from appliance.db import folders as rows
from appliance.errors import Conflict, Forbidden, NotFound
from appliance.library import folders
from appliance.library.folder_merge import merge_folder as merge
from appliance.records.accounts import Scope
from appliance.records.organise import UNSET
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.folders import Folder, FolderMerge, FolderPatch, NewFolder, NewShare, Share


async def list_folders(call: Call[None, None]) -> list[Folder]:
    """The folders that one sees, one's own first, in the order of their paths."""
    return [Folder.of(folder) for folder in await rows.list_folders(call.appliance.db, call.viewer)]


async def create_folder(call: Call[None, NewFolder]) -> Folder:
    """Make a folder in one's own tree."""
    made = await folders.create_folder(call.appliance.db, call.viewer, call.body.path)
    call.note.object = str(made.id)
    return Folder.of(made)


async def edit_folder(call: Call[None, FolderPatch]) -> Folder:
    """Rename or move a folder, with all below it, or say what uploads into it get."""
    body, given = call.body, call.body.model_fields_set
    changed = await folders.change_folder(
        call.appliance.db,
        call.viewer,
        call.uuid(),
        # A name of null says nothing; a parent of null is the top.
        name=UNSET if body.name is None else body.name,
        parent=body.parent if "parent" in given else UNSET,
        default_ttl=body.default_ttl if "default_ttl" in given else UNSET,
        default_tags=(body.default_tags or ()) if "default_tags" in given else UNSET,
    )
    return Folder.of(changed)


async def merge_folder(call: Call[None, FolderMerge]) -> Folder:
    """Make one folder of two."""
    return Folder.of(await merge(call.appliance.db, call.viewer, call.uuid(), call.body.into))


async def delete_folder(call: Call[None, None]) -> Response:
    """Delete a folder and those below it, and nothing that is in them."""
    await folders.delete_folder(call.appliance.db, call.viewer, call.uuid())
    return Response(status_code=204)


async def list_shares(call: Call[None, None]) -> list[Share]:
    """With whom one shares a folder."""
    found = await folders.list_shares(call.appliance.db, call.viewer, call.uuid())
    return [Share.of(share) for share in found]


async def share_folder(call: Call[None, NewShare]) -> Answer:
    """Share a folder, or change what somebody may do with it."""
    share, new = await folders.share_folder(
        call.appliance.db, call.viewer, call.uuid(), subject=call.body.subject, may=call.body.may
    )
    call.note.object = f"{call.uuid()}/{share.id}"
    return Answer(Share.of(share), 201 if new else 200)


async def end_share(call: Call[None, None]) -> Response:
    """End a share."""
    await folders.end_share(call.appliance.db, call.viewer, call.uuid(), call.uuid("share"))
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/folders",
        handler=list_folders,
        summary="Your folders, and those that are shared with you",
        tag="folders",
        description=(
            "In the order of their paths: at most 10,000 of yours, then at most 10,000 of others. If others have"
            " more, each of them has an equal part of the room, so that nobody's folders are missing altogether."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Folder]},
    ),
    Operation(
        method="POST",
        path="/api/folders",
        handler=create_folder,
        summary="Make a folder",
        tag="folders",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.create",
        body=NewFolder,
        responses={201: Folder},
        errors=(Conflict,),
    ),
    Operation(
        method="PATCH",
        path="/api/folders/{id:uuid}",
        handler=edit_folder,
        summary="Change a folder",
        tag="folders",
        description=(
            "With another name or in another place: what is below it goes with it. Pictures that others added and may"
            " not add to its new place move to their own folders. The defaults are for uploads from then on, also of"
            " those who may add to it; a `ttl` or tags of their own come first."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.edit",
        body=FolderPatch,
        responses={200: Folder},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="POST",
        path="/api/folders/{id:uuid}/merge",
        handler=merge_folder,
        summary="Make one folder of two",
        tag="folders",
        description=(
            "What is in the one, folders included, is then in the other; folders of the same name become one as well."
            " The shares and defaults of a folder that is gone end. Pictures that others added and may not add there"
            " move to their own folders. Rules of albums and saved searches of the one are of the other then, and"
            " such albums are shared with nobody. The answer is the folder that stays."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.merge",
        body=FolderMerge,
        responses={200: Folder},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="DELETE",
        path="/api/folders/{id:uuid}",
        handler=delete_folder,
        summary="Delete a folder, and no picture",
        tag="folders",
        description=(
            "With all folders below it. Your pictures in them move to the folder above, those that others added to"
            " their own folders."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.delete",
        responses={204: None},
        errors=(NotFound,),
    ),
    Operation(
        method="GET",
        path="/api/folders/{id:uuid}/shares",
        handler=list_shares,
        summary="With whom you share a folder",
        tag="folders",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Share]},
        errors=(NotFound, Forbidden),
    ),
    Operation(
        method="POST",
        path="/api/folders/{id:uuid}/shares",
        handler=share_folder,
        summary="Share a folder with somebody, or with everybody",
        tag="folders",
        description="Once more with the same person changes what they may do; the answer is then 200.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.share",
        body=NewShare,
        responses={201: Share, 200: Share},
        errors=(NotFound,),
    ),
    Operation(
        method="DELETE",
        path="/api/folders/{id:uuid}/shares/{share:uuid}",
        handler=end_share,
        summary="Stop sharing a folder",
        tag="folders",
        description="At once. Pictures that were added by who may not add any more move to their own folders.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="folder.unshare",
        responses={204: None},
        errors=(NotFound,),
    ),
)
