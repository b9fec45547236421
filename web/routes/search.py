"""Searches, by words and by pictures."""

from appliance import clock
from appliance.errors import Conflict, ModelUnavailable, NotFound, UsageError
from appliance.library import search as library
from appliance.library.query_meaning import read_meaning
from appliance.library.shown import pack_shown
from appliance.records.accounts import Scope
from appliance.records.search import And, AssetTerm, SearchRequest, Term, TextTerm
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.remembering import remember_for
from web.schemas.cursors import read_search_cursor, search_cursor
from web.schemas.search import Flaw, SearchAnswer, SearchBody, SearchHit, SearchQuery, SearchTerm


async def search(call: Call[SearchQuery, None]) -> SearchAnswer:
    """Find pictures by words, or by one picture."""
    asked = call.query
    if bool((asked.q or "").strip()) == (asked.like is not None):
        raise UsageError("Give either `q` or `like`.")
    answer = await _answer(call, (AssetTerm(asked.like),) if asked.like else (), asked)
    if asked.q and asked.after is None:
        await remember_for(call.appliance.db, call.caller, asked.q)
    return answer


async def search_terms(call: Call[None, SearchBody]) -> SearchAnswer:
    """Find pictures by several weighted terms."""
    return await _answer(call, tuple(_term(term) for term in call.body.terms), call.body)


async def _answer(
    call: Call[SearchQuery, None] | Call[None, SearchBody],
    terms: tuple[Term, ...],
    asked: SearchQuery | SearchBody,
) -> SearchAnswer:
    read = read_meaning(asked.q or "", today=clock.now().date())
    terms = (*read.terms, *terms)
    if not terms:
        raise UsageError(
            "There are no words to search for; what filters alone let through, `/api/assets` lists."
        )
    after = read_search_cursor(asked.after)
    loaded = call.appliance.models.of(after.model_id) if after else None
    ticket = call.context.access.ticket()
    answer = await library.search(
        SearchRequest(
            terms=terms,
            where=And((*asked.parameters().of, *read.where.of)),
            limit=asked.limit,
            after=after,
        ),
        viewer=call.viewer,
        db=call.appliance.db,
        # Further pages are of the model that gave the first, as long as it is here.
        encoder=loaded.encoder if loaded else call.appliance.encoder,
        model=loaded.model if loaded else call.appliance.model,
    )
    call.context.renditions.show(
        ticket, call.viewer, pack_shown(call.viewer, [hit.asset for hit in answer.hits])
    )
    return SearchAnswer(
        items=[SearchHit.of(hit) for hit in answer.hits],
        exact=answer.exact,
        model=answer.model,
        took_ms=round(answer.took_ms, 3),
        next=search_cursor(answer.next),
        flaws=[Flaw.of(flaw) for flaw in read.flaws],
    )


def _term(term: SearchTerm) -> Term:
    words = (term.text or "").strip()
    if bool(words) == (term.asset is not None):
        raise UsageError("A term has either `text` or `asset`.")
    return AssetTerm(term.asset, term.weight) if term.asset else TextTerm(words, term.weight)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/search",
        handler=search,
        summary="Find pictures by words, or by a picture",
        tag="search",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        query=SearchQuery,
        responses={200: SearchAnswer},
        errors=(NotFound, Conflict, ModelUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/search",
        handler=search_terms,
        summary="Find pictures by several weighted terms",
        tag="search",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        reads_only=True,
        body=SearchBody,
        responses={200: SearchAnswer},
        errors=(NotFound, Conflict, ModelUnavailable),
    ),
)
