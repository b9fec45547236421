"""Who else is here."""

from appliance.db.shares import list_people as find
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.folders import Person


async def list_people(call: Call[None, None]) -> list[Person]:
    """Everybody else with an account, by name: with whom one can share."""
    return [Person.of(each) for each in await find(call.appliance.db, besides=call.viewer.user_id)]


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/people",
        handler=list_people,
        summary="With whom you can share",
        tag="folders",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_READ,
        responses={200: list[Person]},
    ),
)
