"""Answers a search: what looks like what is looked for and what is called so, up to where chance begins.

1. Words, pictures and marks become one vector (``mixing``); what is nearest to it comes first.
2. What is called by the words is put among it (``fusion``). Without a model only this is left, and that is said.
3. What is not above chance is cut off (``relevance``), and may be asked for.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from appliance.clip.encoder import Encoder
from appliance.db.assets import MAX_LIMIT
from appliance.db.engine import Database
from appliance.db.groups import get_heads, groups_of
from appliance.db.search import Found, Nearest, find_nearest
from appliance.db.words import Called, find_called, find_shown
from appliance.errors import Conflict, EncoderUnavailable, ModelUnavailable, UsageError
from appliance.library.aim import Aim, aim_at
from appliance.library.background import Backgrounds
from appliance.library.fusion import MOST_CALLED, Merged, due_of, merge
from appliance.library.plain_search import OFFERED, called_only, hit_of, latest, partly_called
from appliance.library.query_meaning import MAX_TERMS
from appliance.library.query_syntax import MAX_WEIGHT
from appliance.library.relevance import Scale
from appliance.library.searcher import Searcher
from appliance.library.wording import phrases_of
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from appliance.records.search import (
    AssetTerm,
    Cut,
    NearHit,
    PageKey,
    Place,
    SearchAnswer,
    SearchHit,
    SearchRequest,
    TimePlace,
)
from appliance.records.words import Named, Phrase, Shown

#: Most assets that are marked right or wrong.
MAX_MARKS = 100
#: A score that none has.
_ABOVE_ALL = 2.0

_Due = tuple[tuple[UUID, int], ...]


async def search(
    request: SearchRequest,
    *,
    viewer: Viewer,
    db: Database,
    encoder: Encoder | None,
    model: Model | None,
    backgrounds: Backgrounds | None = None,
    names: bool = True,
    absence: str = "no_model",
) -> SearchAnswer:
    """The visible assets that are looked for, best first; see :class:`Searcher` for who asks and what answers.

    Raises:
        UsageError: too many terms, a weight out of bounds, terms that cancel each other out, or a place in another
            search.
        NotFound: a term or a mark is an asset that the viewer doesn't see.
        Conflict: such an asset has no vector yet, or the page before was another model's.
    """
    started = time.perf_counter()
    _check(request)
    searcher = Searcher(viewer, db, encoder, model, backgrounds, names, absence)
    if not (request.terms or request.right or request.wrong):
        answer = await latest(request, searcher)
    elif isinstance(request.after, TimePlace):
        answer = await called_only(request, searcher, absence)
    else:
        answer = await _ranked_or_called(request, searcher)
    if request.collapse:
        groups = await groups_of(db, viewer, [hit.asset.id for hit in answer.hits])
        answer = replace(
            answer, hits=tuple(replace(hit, group=groups.get(hit.asset.id)) for hit in answer.hits)
        )
    return replace(answer, took_ms=(time.perf_counter() - started) * 1000)


def _check(request: SearchRequest) -> None:
    if len(request.terms) > MAX_TERMS:
        raise UsageError(f"A search has at most {MAX_TERMS} terms.")
    if len(request.right) + len(request.wrong) > MAX_MARKS:
        raise UsageError(f"At most {MAX_MARKS} pictures can be marked right or wrong.")
    if not 1 <= request.limit <= MAX_LIMIT:
        raise UsageError(f"A search gives 1 to {MAX_LIMIT} rows at a time.")
    for term in request.terms:
        if not 0 < abs(term.weight) <= MAX_WEIGHT:
            raise UsageError(
                f"The weight of a term is between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}, and not 0."
            )


async def _ranked_or_called(request: SearchRequest, searcher: Searcher) -> SearchAnswer:
    try:
        return await _ranked(request, searcher)
    except EncoderUnavailable:
        why = "encoder_down"
    except ModelUnavailable:
        why = searcher.absence
    if request.after is not None:
        raise Conflict("The model that gave the page before is away; search again from the first page.")
    return await called_only(request, searcher, why)


async def _ranked(request: SearchRequest, searcher: Searcher) -> SearchAnswer:
    model = searcher.model
    if model is None:
        raise ModelUnavailable
    place = request.after if isinstance(request.after, Place) else Place(model.id)
    if place.model_id != model.id:
        raise Conflict("Another model answers now, whose order is another; search again from the first page.")
    aim = await aim_at(searcher, request.terms, request.right, request.wrong)
    phrases = phrases_of(request.terms) if searcher.names else ()
    wanted = _Wanted(request, searcher, model.id, aim, phrases, place)
    async with searcher.db.transaction():
        called = await wanted.called() if request.after is None else ()
        found = await wanted.near(called)
        due = place.due
        if request.after is None:
            due = due_of(called, [hit.distance for hit in found.hits])
        due, shown = await wanted.shown(due)
        cut, least = _cut(request, place, aim.scale, found, called)
        offered: Sequence[SearchHit] = ()
        if cut and cut.nothing and not due:
            offered = await wanted.offered(found.hits)
    near = [hit for hit in found.hits if hit.score >= least]
    merged = merge(
        near,
        due,
        {each.asset.id: hit_of(each, phrases) for each in shown},
        rank=place.rank,
        limit=request.limit,
    )
    after, beyond = _places(merged, near, found, replace(place, threshold=least if cut else place.threshold))
    return SearchAnswer(
        hits=tuple(_measured(merged.hits, aim.scale)),
        exact=found.exact,
        model=model.name,
        took_ms=0,
        next=after,
        matched=found.matched,
        matched_at_least=found.matched_at_least,
        cut=cut,
        beyond=beyond,
        nearest=tuple(_measured(offered, aim.scale)),
        notes=aim.notes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What is looked for, and from where on."""

    request: SearchRequest
    searcher: Searcher
    model_id: int
    aim: Aim
    phrases: tuple[Phrase, ...]
    place: Place

    @property
    def _left_out(self) -> tuple[UUID, ...]:
        like = (term.asset_id for term in self.request.terms if isinstance(term, AssetTerm))
        return (*like, *self.request.wrong)

    @property
    def _called(self) -> Called:
        return Called(
            viewer=self.searcher.viewer,
            where=self.request.where,
            phrases=self.phrases,
            limit=MOST_CALLED,
            vector=self.aim.vector,
            model_id=self.model_id,
        )

    async def called(self) -> tuple[Named, ...]:
        """What is called by the words."""
        found = await find_called(self.searcher.db, self._called)
        found = tuple(each for each in found if each.id not in self._left_out)
        if not self.request.collapse:
            return found
        heads = frozenset(await get_heads(self.searcher.db, [each.id for each in found]))
        return tuple(each for each in found if each.id in heads)

    async def shown(self, due: _Due) -> tuple[_Due, tuple[Shown, ...]]:
        """What is due and still to be seen, and as much of it as one page can take."""
        limit = self.request.limit
        found = await find_shown(self.searcher.db, self._called, [asset for asset, _ in due[:limit]])
        if len(found) < len(due[:limit]):
            found += await find_shown(self.searcher.db, self._called, [asset for asset, _ in due[limit:]])
            there = {each.asset.id for each in found}
            due = tuple((asset, row) for asset, row in due if asset in there)
        return due, found

    async def offered(self, nearest: Sequence[NearHit]) -> Sequence[SearchHit]:
        """Where nothing is found: what is called by some of the words, at most half of it, and what comes nearest."""
        partly = await partly_called(self.searcher, replace(self._called, limit=OFFERED // 2), self._left_out)
        there = {hit.asset.id for hit in partly}
        offered = [*partly, *(hit for hit in nearest if hit.asset.id not in there)]
        if self.request.collapse:
            heads = frozenset(await get_heads(self.searcher.db, [hit.asset.id for hit in offered]))
            offered = [hit for hit in offered if hit.asset.id in heads]
        return offered[:OFFERED]

    async def near(self, called: Sequence[Named]) -> Found:
        """What is nearest, without what is called by the words."""
        due = (asset for asset, _ in self.place.due)
        heads = (*(each.id for each in called), *due, *self.place.shown)
        return await find_nearest(
            self.searcher.db,
            Nearest(
                viewer=self.searcher.viewer,
                vector=self.aim.vector,
                model_id=self.model_id,
                where=self.request.where,
                besides=tuple(dict.fromkeys((*self._left_out, *heads))),
                limit=self.request.limit,
                after=self.place.key,
                collapse=self.request.collapse,
                heads=heads,
            ),
        )


def _cut(
    request: SearchRequest, place: Place, scale: Scale | None, found: Found, called: Sequence[Named]
) -> tuple[Cut | None, float]:
    """The cut of the first page, or of the one that it was made for; and the least score of what is shown."""
    if place.threshold is not None:
        return None, place.threshold
    if scale is None or place.beyond or request.after is not None:
        return None, -_ABOVE_ALL
    distances = [
        *(hit.distance for hit in found.hits[:1]),
        *(each.distance for each in called if each.distance is not None),
    ]
    best = 1 - min(distances, default=_ABOVE_ALL)
    among = None if found.matched_at_least else found.matched
    cut = scale.cut(request.strength, best, among=among, is_there=bool(request.right))
    if cut is None:
        return None, -_ABOVE_ALL
    return cut, _ABOVE_ALL if cut.nothing else cut.threshold


def _places(
    merged: Merged, near: Sequence[NearHit], found: Found, place: Place
) -> tuple[Place | None, Place | None]:
    """Where the next page goes on, and where what lies below the cut begins; one of them at most."""
    key = place.key
    if merged.taken:
        last = near[merged.taken - 1]
        key = PageKey(last.distance, last.asset.id, place.model_id)
    left = {asset for asset, _ in merged.due}
    newly = {hit.asset.id for hit in merged.hits} - {hit.asset.id for hit in near}
    here = replace(
        place,
        key=key,
        rank=place.rank + merged.taken,
        due=merged.due,
        shown=(*place.shown, *sorted(newly - left)),
    )
    is_cut = len(near) < len(found.hits)
    if merged.due or merged.taken < len(near) or (found.more and not is_cut):
        return here, None
    return None, replace(here, threshold=None, beyond=True) if is_cut else None


def _measured(hits: Sequence[SearchHit], scale: Scale | None) -> Sequence[SearchHit]:
    if scale is None:
        return hits
    return [
        hit if hit.score is None else replace(hit, above_chance=scale.above_chance(hit.score)) for hit in hits
    ]
