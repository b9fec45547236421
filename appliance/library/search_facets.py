"""Counts of what a search with words finds: of all that is above the cut of its answer, or called by its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from appliance.db.above import ids_above
from appliance.db.facets import find_facets
from appliance.library.cutting import Cutter
from appliance.records.accounts import Viewer
from appliance.records.search import Cut, Filter, Strength, Term
from appliance.records.timeline import Facets

#: The best ones that are counted; with a cut there are hardly ever more.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class SearchFacets:
    """Counts, and where the answer ends of which they are; without a cut they are of all that the filter leaves."""

    facets: Facets
    cut: Cut | None
    #: Whether there is more above the cut than was counted.
    at_least: bool


async def facets_of_search(
    cutter: Cutter, viewer: Viewer, terms: Sequence[Term], where: Filter, strength: Strength
) -> SearchFacets:
    """The counts of this search of the viewer's.

    Raises:
        NotFound: a term is an asset that the viewer doesn't see.
        Conflict: a term is an asset without a vector yet.
        UsageError: the terms cancel each other out.
        ModelUnavailable: a term could not be encoded.
    """
    above = await cutter.above(viewer, terms, where, strength)
    if above is None:
        return SearchFacets(await find_facets(cutter.db, viewer, where), None, at_least=False)
    ids: tuple[UUID, ...] = ()
    if not above.cut.nothing:
        ids = await ids_above(cutter.db, above.nearest, above.cut.threshold, MOST_COUNTED + 1)
    ids = tuple(dict.fromkeys((*above.called, *ids)))
    facets = await find_facets(cutter.db, viewer, where, among=ids[:MOST_COUNTED])
    return SearchFacets(facets, above.cut, at_least=len(ids) > MOST_COUNTED)
