"""What people looked for lately: each their own, in a browser or with a token, never by a key."""

from starlette.responses import Response

from appliance.library import recent_searches
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.recents import ForgetQuery, RecentSearch, RecentSearches, RecentSwitch


async def list_recent_searches(call: Call[None, None]) -> RecentSearches:
    """What one looked for lately."""
    keeps, found = await recent_searches.list_recent(call.appliance.db, call.viewer)
    return RecentSearches(
        keeps=keeps, items=[RecentSearch(text=each.text, used_at=each.used_at) for each in found]
    )


async def forget_recent_searches(call: Call[ForgetQuery, None]) -> Response:
    """Forget what one looked for."""
    await recent_searches.forget(call.appliance.db, call.viewer, call.query.text)
    return Response(status_code=204)


async def switch_recent_searches(call: Call[None, RecentSwitch]) -> Response:
    """Remember what one looks for, or don't."""
    await recent_searches.switch(call.appliance.db, call.viewer, keeps=call.body.keeps)
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/recent-searches",
        handler=list_recent_searches,
        summary="What you looked for lately, the latest first",
        tag="search",
        description="Yours alone: nobody else is told, whoever runs the appliance included.",
        permission=Permission.SIGNED_IN,
        keys=False,
        responses={200: RecentSearches},
    ),
    Operation(
        method="DELETE",
        path="/api/recent-searches",
        handler=forget_recent_searches,
        summary="Forget what you looked for",
        tag="search",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="search.forget_recent",
        query=ForgetQuery,
        responses={204: None},
    ),
    Operation(
        method="PUT",
        path="/api/recent-searches",
        handler=switch_recent_searches,
        summary="Remember what you look for, or don't",
        tag="search",
        description="What is remembered is forgotten when it is switched off.",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="search.keep_recent",
        body=RecentSwitch,
        responses={204: None},
    ),
)
