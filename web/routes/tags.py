"""The tags that assets carry."""

from appliance.db import tags
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.assets import Tag


async def list_tags(call: Call[None, None]) -> list[Tag]:
    """The tags in use, the most used first."""
    return [Tag.of(tag) for tag in await tags.list_tags(call.appliance.db, call.viewer)]


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/tags",
        handler=list_tags,
        summary="Your tags, the most used first",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: list[Tag]},
    ),
)
