"""Two models side by side: what each finds for the same words, in one person's library."""

from collections.abc import Sequence

from appliance.db.engine import Database
from appliance.db.saved import saved_texts
from appliance.db.sets import get_set
from appliance.errors import UsageError
from appliance.library.models import Models
from appliance.library.search import search
from appliance.records.accounts import Viewer
from appliance.records.search import And, Comparison, SearchAnswer, SearchRequest, TextTerm

MAX_QUERIES = 100
MAX_ROWS = 100


async def compare(
    db: Database,
    models: Models,
    viewer: Viewer,
    names: tuple[str, str],
    queries: Sequence[str],
    *,
    limit: int,
) -> tuple[Comparison, ...]:
    """One comparison for each query, or for each of the viewer's saved searches when there are no queries.

    Only pictures that both sets have a vector of make a fair comparison; see how full they are.

    Raises:
        UsageError: nothing to compare with, or too much of it.
        NotFound: the library has no such set.
        ModelUnavailable: one of the models can't be loaded.
    """
    wanted = tuple(dict.fromkeys(queries)) or await saved_texts(db, viewer, limit=MAX_QUERIES)
    if not wanted:
        raise UsageError("There are no saved searches to compare with; give some queries.")
    if len(wanted) > MAX_QUERIES or not 1 <= limit <= MAX_ROWS:
        raise UsageError(
            f"A comparison takes up to {MAX_QUERIES} queries, and shows 1 to {MAX_ROWS} rows of each."
        )
    one, other = [await get_set(db, name) for name in names]
    if one.id == other.id:
        raise UsageError("A comparison takes two models.")
    found: dict[int, list[SearchAnswer]] = {}
    for model in (one, other):
        async with models.using(model) as encoder:
            found[model.id] = [
                await search(
                    SearchRequest(terms=(TextTerm(query),), where=And(()), limit=limit),
                    viewer=viewer,
                    db=db,
                    encoder=encoder,
                    model=model,
                    names=False,
                )
                for query in wanted
            ]
    return tuple(
        Comparison(query=query, one=first.hits, other=second.hits)
        for query, first, second in zip(wanted, found[one.id], found[other.id], strict=True)
    )
