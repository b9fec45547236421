"""The searches that people keep. ``POST /api/albums`` makes an album of what one is narrowed to."""

from typing import Any

from starlette.responses import Response

from appliance.errors import Conflict, NotFound
from appliance.library import news, saved_searches
from appliance.library.cutting import cutter_of
from appliance.records.accounts import Scope
from appliance.records.organise import UNSET
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.albums import NewSavedSearch, SavedSearch, SavedSearchPatch
from web.schemas.news import News


async def list_saved_searches(call: Call[None, None]) -> list[SavedSearch]:
    """One's kept searches, the latest first."""
    found = await saved_searches.list_saved(call.appliance.db, call.viewer)
    return [SavedSearch.of(saved) for saved in found]


async def save_search(call: Call[None, NewSavedSearch]) -> SavedSearch:
    """Keep a search."""
    saved = await saved_searches.save(
        call.appliance.db,
        call.viewer,
        name=call.body.name,
        where=call.body.narrowing.wanted(),
        text=call.body.q,
    )
    call.note.object = str(saved.id)
    return SavedSearch.of(saved)


async def edit_saved_search(call: Call[None, SavedSearchPatch]) -> SavedSearch:
    """Change a kept search."""
    body = call.body
    saved = await saved_searches.edit(
        call.appliance.db,
        call.viewer,
        call.uuid(),
        name=UNSET if body.name is None else body.name,
        where=UNSET if body.narrowing is None else body.narrowing.wanted(),
        text=body.q if "q" in body.model_fields_set else UNSET,
    )
    return SavedSearch.of(saved)


async def list_news(call: Call[None, None]) -> list[News]:
    """What of one's kept searches' answers is new."""
    found = await news.count_news(call.appliance.db, call.viewer, cutter_of(call.appliance))
    return [News(id=each.search, new=each.new, at_least=each.at_least) for each in found]


async def mark_search_seen(call: Call[None, None]) -> Response:
    """Say that one has looked."""
    await news.mark_seen(call.appliance.db, call.viewer, call.uuid())
    return Response(status_code=204)


async def delete_saved_search(call: Call[None, None]) -> Response:
    """Forget a kept search."""
    await saved_searches.delete(call.appliance.db, call.viewer, call.uuid())
    return Response(status_code=204)


_WRITE: dict[str, Any] = {"tag": "search", "permission": Permission.CONTRIBUTE, "scope": Scope.ASSET_WRITE}

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/saved-searches",
        handler=list_saved_searches,
        summary="The searches that you keep, the latest first",
        tag="search",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        responses={200: list[SavedSearch]},
    ),
    Operation(
        method="GET",
        path="/api/saved-searches/news",
        handler=list_news,
        summary="How much of what your kept searches find is new",
        tag="search",
        description=(
            "What was uploaded, or got its first vector, since you last looked. Of searches with words only what is"
            " above the cut of a balanced answer; without a model these are left out. Of the latest 50 searches."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        responses={200: list[News]},
    ),
    Operation(
        method="POST",
        path="/api/saved-searches/{id:uuid}/seen",
        handler=mark_search_seen,
        summary="Say that you looked at what a kept search finds",
        tag="search",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="search.seen",
        adds_only=True,
        responses={204: None},
        errors=(NotFound,),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/saved-searches",
        handler=save_search,
        summary="Keep a search",
        audit="search.save",
        body=NewSavedSearch,
        responses={201: SavedSearch},
        errors=(Conflict,),
    ),
    Operation(
        **_WRITE,
        method="PATCH",
        path="/api/saved-searches/{id:uuid}",
        handler=edit_saved_search,
        summary="Change a kept search",
        audit="search.edit",
        body=SavedSearchPatch,
        responses={200: SavedSearch},
        errors=(NotFound,),
    ),
    Operation(
        **_WRITE,
        method="DELETE",
        path="/api/saved-searches/{id:uuid}",
        handler=delete_saved_search,
        summary="Forget a kept search",
        audit="search.forget",
        responses={204: None},
        errors=(NotFound,),
    ),
)
