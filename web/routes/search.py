"""Searches, by words and by pictures."""

from uuid import UUID

from appliance import clock
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library import search as library
from appliance.library.picture_queries import read_picture
from appliance.library.query_meaning import read_meaning
from appliance.library.shown import pack_shown
from appliance.records.accounts import Scope
from appliance.records.search import And, AssetTerm, Place, SearchRequest, Term, TextTerm
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.remembering import remember_for
from web.schemas.cursors import read_search_cursor
from web.schemas.search import SearchAnswer, SearchBody, SearchQuery, SearchTerm


async def search(call: Call[SearchQuery, None]) -> SearchAnswer:
    """Find pictures by words and by a picture, or by filters alone."""
    asked = call.query
    answer = await _answer(
        call,
        (AssetTerm(asked.like),) if asked.like else (),
        asked,
        right=_marked(asked.right),
        wrong=_marked(asked.wrong),
    )
    await _remember(call, asked)
    return answer


async def search_terms(call: Call[None, SearchBody]) -> SearchAnswer:
    """Find pictures by several weighted terms, or by filters alone."""
    asked = call.body
    terms = tuple(_term(term, call.context.jwt_secret) for term in asked.terms)
    answer = await _answer(call, terms, asked, right=tuple(asked.right), wrong=tuple(asked.wrong))
    await _remember(call, asked)
    return answer


async def _remember(
    call: Call[SearchQuery, None] | Call[None, SearchBody], asked: SearchQuery | SearchBody
) -> None:
    """Remember a search of the caller's, unless it is a further page of one."""
    if asked.q and asked.after is None:
        await remember_for(call.appliance.db, call.caller, asked.q, asked=call.request)


async def _answer(
    call: Call[SearchQuery, None] | Call[None, SearchBody],
    terms: tuple[Term, ...],
    asked: SearchQuery | SearchBody,
    *,
    right: tuple[UUID, ...],
    wrong: tuple[UUID, ...],
) -> SearchAnswer:
    read = read_meaning(asked.q or "", today=clock.now().date())
    where = And((*asked.parameters().of, *read.where.of))
    if not (read.terms or terms or right or wrong or where.of or read.flaws):
        raise UsageError("Say what to look for: words or filters in `q`, or a picture.")
    after, models = read_search_cursor(asked.after), call.appliance.models
    loaded = models.of(after.model_id) if isinstance(after, Place) else None
    ticket = call.context.access.ticket()
    answer = await library.search(
        SearchRequest(
            terms=(*read.terms, *terms),
            where=where,
            limit=asked.limit,
            after=after,
            strength=asked.strength,
            right=right,
            wrong=wrong,
            collapse=asked.collapse,
        ),
        viewer=call.viewer,
        db=call.appliance.db,
        # Further pages are of the model that gave the first, as long as it is here.
        encoder=loaded.encoder if loaded else call.appliance.encoder,
        model=loaded.model if loaded else call.appliance.model,
        backgrounds=call.appliance.backgrounds,
        absence=models.absence,
    )
    shown = [hit.asset for hit in (*answer.hits, *answer.nearest)]
    call.context.renditions.show(ticket, call.viewer, pack_shown(call.viewer, shown))
    return SearchAnswer.of(answer, read.flaws)


def _marked(ids: str | None) -> tuple[UUID, ...]:
    try:
        return tuple(dict.fromkeys(UUID(each) for each in ids.split(","))) if ids else ()
    except ValueError as error:
        raise UsageError("`right` and `wrong` are ids of assets, comma separated.") from error


def _term(term: SearchTerm, secret: str) -> Term:
    words = (term.text or "").strip()
    if bool(words) + (term.asset is not None) + (term.picture is not None) != 1:
        raise UsageError("A term has one of `text`, `asset` and `picture`.")
    if term.picture is not None:
        return read_picture(term.picture, secret, weight=term.weight)
    return AssetTerm(term.asset, term.weight) if term.asset else TextTerm(words, term.weight)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/search",
        handler=search,
        summary="Find pictures by words and by a picture",
        tag="search",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        query=SearchQuery,
        responses={200: SearchAnswer},
        errors=(NotFound, Conflict),
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
        errors=(NotFound, Conflict),
    ),
)
