"""The folders that assets are in."""

from appliance.db import folders
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.assets import Folder


async def list_folders(call: Call[None, None]) -> list[Folder]:
    """All folders in the order of their paths."""
    return [Folder.of(folder) for folder in await folders.list_folders(call.appliance.db, call.viewer)]


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/folders",
        handler=list_folders,
        summary="Your folders",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Folder]},
    ),
)
