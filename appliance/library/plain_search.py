"""Answers without a ranking by looks: what filters alone leave, and what is called so where no model answers."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from appliance.db.search import count_seen
from appliance.db.words import Called, find_called, find_partly_called, find_shown
from appliance.errors import UsageError
from appliance.library.browse import library_page
from appliance.library.searcher import Searcher
from appliance.library.wording import met_in, phrases_of
from appliance.records.organise import ListKey
from appliance.records.search import Place, SearchAnswer, SearchHit, SearchRequest, TimePlace
from appliance.records.words import Phrase, Shown

#: Counting ends here.
_COUNTED = 10_000
#: What is offered where nothing is found.
OFFERED = 8


async def latest(request: SearchRequest, searcher: Searcher) -> SearchAnswer:
    """What the filter leaves, the latest upload first.

    Raises:
        UsageError: the page before was of a search with words or pictures.
    """
    if isinstance(request.after, Place):
        raise UsageError("`after` is of a search with words or pictures; this one has none.")
    after = request.after.key if request.after else None
    matched = None
    async with searcher.db.transaction():
        page = await library_page(
            searcher.db, searcher.viewer, where=request.where, limit=request.limit, after=after
        )
        if after is None:
            matched = await count_seen(searcher.db, searcher.viewer, request.where, most=_COUNTED + 1)
    return SearchAnswer(
        hits=tuple(SearchHit(asset, score=None, distance=None) for asset in page.assets),
        exact=True,
        model="",
        took_ms=0,
        next=TimePlace(page.next) if page.next else None,
        matched=None if matched is None else min(matched, _COUNTED),
        matched_at_least=matched is not None and matched > _COUNTED,
    )


async def called_only(request: SearchRequest, searcher: Searcher, why: str) -> SearchAnswer:
    """What is called by the words, the best called and then the latest first; ``why`` no model answers.

    Raises:
        UsageError: the page before was of filters alone.
    """
    phrases = phrases_of(request.terms)
    after = request.after if isinstance(request.after, TimePlace) else None
    if after is not None and not after.rank:
        raise UsageError("`after` is of a search without words; this one has some.")
    wanted = Called(
        viewer=searcher.viewer,
        where=request.where,
        phrases=phrases,
        limit=request.limit + 1,
        after=(after.rank, after.key) if after else None,
    )
    async with searcher.db.transaction():
        found = await find_called(searcher.db, wanted)
        named = found[: request.limit]
        shown = await _shown(searcher, wanted, [each.id for each in named])
        nearest: Sequence[SearchHit] = ()
        if not found and after is None:
            nearest = await partly_called(searcher, replace(wanted, limit=OFFERED))
    last = named[-1] if len(found) > len(named) else None
    return SearchAnswer(
        hits=tuple(hit_of(shown[each.id], phrases) for each in named if each.id in shown),
        exact=True,
        model="",
        took_ms=0,
        next=TimePlace(ListKey(last.uploaded_at, last.id), last.rank) if last else None,
        nearest=tuple(nearest),
        degraded=why,
    )


async def partly_called(
    searcher: Searcher, wanted: Called, left_out: Collection[UUID] = ()
) -> Sequence[SearchHit]:
    """What is called by some of the words, to be offered where nothing is called by all of them."""
    ids = [each for each in await find_partly_called(searcher.db, wanted) if each not in left_out]
    shown = await _shown(searcher, wanted, ids)
    return [hit_of(shown[each], wanted.phrases) for each in ids if each in shown]


async def _shown(searcher: Searcher, wanted: Called, ids: Sequence[UUID]) -> dict[UUID, Shown]:
    return {each.asset.id: each for each in await find_shown(searcher.db, wanted, ids)}


def hit_of(shown: Shown, phrases: Sequence[Phrase]) -> SearchHit:
    """What is called by the words, as a hit."""
    distance = shown.distance
    return SearchHit(
        shown.asset,
        score=None if distance is None else 1 - distance,
        distance=distance,
        matched=met_in(shown.asset, phrases),
    )
