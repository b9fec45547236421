"""What kept searches find that has come since they were last looked at, counted cheaply.

1. What is narrowed to alone: what was uploaded since.
2. With words: what got its first vector since, as far as it is above the cut of a balanced answer or called by the
   words. Only where there is any such picture at all, the words are encoded and the best picture is looked for, which
   says where the cut is.
"""

from uuid import UUID

from appliance import clock
from appliance.db import looks
from appliance.db.engine import Database
from appliance.errors import NotFound
from appliance.library.cutting import Cutter
from appliance.library.query_meaning import read_meaning
from appliance.library.saved_searches import list_saved
from appliance.records.accounts import Viewer
from appliance.records.albums import SavedSearch
from appliance.records.helps import News
from appliance.records.search import And

#: Counting ends here.
MOST_NEW = 100

#: Most searches that are counted for, the latest ones.
MOST_SEARCHES = 50


async def mark_seen(db: Database, viewer: Viewer, search_id: UUID) -> None:
    """What this search of the viewer's finds by now is nothing new any more.

    Raises:
        NotFound: the viewer keeps none by this id.
    """
    if not await looks.mark_seen(db, viewer, search_id):
        raise NotFound("You keep no such search.")


async def count_news(db: Database, viewer: Viewer, cutter: Cutter | None) -> tuple[News, ...]:
    """For each of the viewer's latest searches what is new; those with words are left out without a ``cutter``."""
    seen = await looks.list_looks(db, viewer, most=MOST_SEARCHES)
    found = []
    for saved in await list_saved(db, viewer):
        look = seen.get(saved.id)
        new = await _count(db, viewer, saved, look, cutter) if look else None
        if new is not None:
            found.append(News(saved.id, min(new, MOST_NEW), at_least=new > MOST_NEW))
    return tuple(found)


async def _count(
    db: Database, viewer: Viewer, saved: SavedSearch, look: looks.Look, cutter: Cutter | None
) -> int | None:
    read = read_meaning(saved.text or "", today=clock.now().date())
    where = And((saved.where, *read.where.of))
    if not read.terms:
        return await looks.count_uploaded(db, viewer, where, look, most=MOST_NEW + 1)
    if cutter is None:
        return None
    if not await looks.any_new_vectors(db, viewer, where, look, model_id=cutter.model.id):
        return 0
    above = await cutter.above(viewer, read.terms, where)
    if above is None:
        return 0
    threshold = None if above.cut.nothing else above.cut.threshold
    return await looks.count_newly_found(db, above.nearest, threshold, above.called, look, most=MOST_NEW + 1)
