"""The timeline: its layout, its months; counts of what a filter leaves; and assets by their ids."""

import re
from collections.abc import Awaitable, Callable
from datetime import date

from starlette.responses import Response

from appliance import clock
from appliance.db.assets import find_assets
from appliance.db.changes import revision
from appliance.db.facets import find_facets
from appliance.db.timeline import find_bucket
from appliance.errors import Conflict, LibraryChanged, ModelUnavailable, NotFound, UsageError
from appliance.library.cutting import cutter_of
from appliance.library.prepared import Made, Prepared
from appliance.library.query_meaning import Understood, read_meaning
from appliance.library.search_facets import facets_of_search
from appliance.library.shown import pack_shown
from appliance.library.timeline import layout
from appliance.records.accounts import Scope
from appliance.records.search import And, AssetTerm
from web.auth.policy import Permission
from web.operation import Call, Media, Operation
from web.prepared import etag_of, not_modified, packed_answer
from web.schemas.assets import Asset
from web.schemas.narrowing import Narrowing
from web.schemas.timeline import (
    Batch,
    BatchAnswer,
    BucketQuery,
    FacetQuery,
    Facets,
    FacetsCut,
    TimelineBucket,
)

UNDATED = "undated"

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")

_LAYOUT = """
What a client needs to place every picture before it knows any of them, in three bytes each, newest first. All numbers
are little-endian:

1. 4 bytes: the length of the header;
2. the header, JSON: `rev`, the revision of the library; `n`, how many assets; `buckets`, in order, of which each has
   `k`, a month like `2026-01` or `undated`, `c`, how many, and, but for `undated`, `d`: each day on which some were
   taken, followed by how many, in one list; padded with blanks to a multiple of four;
3. one byte for each asset, in the order of the buckets: `b` says that width / height is `2 ** ((b - 128) / 48)`;
4. one zero byte where `n` is odd;
5. two bytes for each asset, in the same order: the mean colour as RGB565, red in the highest bits.

Dated assets are ordered by the local time at which they were taken, then by id, both from the highest down; those in
`undated`, which come last, by upload and id likewise. Takes `If-None-Match`; a 304 is the usual answer.
"""


async def get_layout(call: Call[Narrowing, None]) -> Response:
    """All that is needed to lay the timeline out."""
    db, viewer, where = call.appliance.db, call.viewer, call.query.wanted()

    async def make() -> Made:
        return Made(*await layout(db, viewer, where))

    return await _prepared(call, "layout", "application/octet-stream", make)


async def get_facets(call: Call[FacetQuery, None]) -> Response | Facets:
    """Counts for each year, folder, tag, camera, type and owner."""
    read = read_meaning(call.query.q or "", today=clock.now().date())
    if read.terms or call.query.like is not None:
        return await _search_facets(call, read)
    db, viewer, where = call.appliance.db, call.viewer, call.query.wanted()

    async def make() -> Made:
        found = await find_facets(db, viewer, where)
        return Made(found.revision, Facets.of(found).model_dump_json().encode())

    return await _prepared(call, "facets", "application/json", make)


async def _search_facets(call: Call[FacetQuery, None], read: Understood) -> Facets:
    cutter = cutter_of(call.appliance)
    if cutter is None:
        raise ModelUnavailable
    like = call.query.like
    found = await facets_of_search(
        cutter,
        call.viewer,
        (*read.terms, AssetTerm(like)) if like else read.terms,
        And((*call.query.parameters().of, *read.where.of)),
        call.query.strength,
    )
    return Facets.of(found.facets, FacetsCut.of(found.cut, at_least=found.at_least) if found.cut else None)


async def _prepared(
    call: Call[Narrowing, None] | Call[FacetQuery, None],
    what: str,
    media_type: str,
    make: Callable[[], Awaitable[Made]],
) -> Response:
    viewer, where, asked = call.viewer, call.query.wanted(), call.request.headers
    now = await revision(call.appliance.db, viewer)
    known = not_modified(asked, etag_of(what, viewer, where, now))
    if known is not None:
        return known
    prepared = call.context.part(Prepared, Prepared)
    answer = await prepared.get(what, viewer, where, now, make)
    etag = etag_of(what, viewer, where, answer.revision)
    return await packed_answer(asked, answer.packed, etag=etag, media_type=media_type)


async def get_bucket(call: Call[BucketQuery, None]) -> Response:
    """One month of the timeline."""
    db, viewer, where, name = call.appliance.db, call.viewer, call.query.wanted(), call.text("month")
    month, asked = _read_month(name), call.request.headers

    async def make() -> Made:
        found = await find_bucket(db, viewer, where, month)
        return Made(found.revision, found.text.encode(), found.shown)

    ticket = call.context.access.ticket()
    now = await revision(db, viewer)
    _check_unchanged(call.query.rev, now)
    prepared = call.context.part(Prepared, Prepared)
    known = not_modified(asked, etag_of(name, viewer, where, now))
    if known is not None:
        kept = prepared.find(name, viewer, where, now)
        call.context.renditions.show(ticket, viewer, kept.shown if kept else b"")
        return known
    answer = await prepared.get(name, viewer, where, now, make, quick=True)
    _check_unchanged(call.query.rev, answer.revision)
    call.context.renditions.show(ticket, viewer, answer.shown)
    etag = etag_of(name, viewer, where, answer.revision)
    return await packed_answer(asked, answer.packed, etag=etag, media_type="application/json")


def _check_unchanged(wanted: str | None, now: str) -> None:
    if wanted is not None and wanted != now:
        raise LibraryChanged


def _read_month(text: str) -> date | None:
    """The month's first day; None: the undated ones."""
    if text == UNDATED:
        return None
    if _MONTH.fullmatch(text) is None or not 1 <= int(text[5:]) <= 12 or text.startswith("0000"):
        raise UsageError("A month looks like 2026-01, or is `undated`.")
    return date(int(text[:4]), int(text[5:]), 1)


async def get_batch(call: Call[None, Batch]) -> BatchAnswer:
    """Several assets by their ids."""
    wanted = tuple(dict.fromkeys(call.body.ids))
    ticket = call.context.access.ticket()
    found = {asset.id: asset for asset in await find_assets(call.appliance.db, call.viewer, wanted)}
    call.context.renditions.show(ticket, call.viewer, pack_shown(call.viewer, found.values()))
    return BatchAnswer(
        items=[Asset.of(found[each]) for each in wanted if each in found],
        missing=[each for each in wanted if each not in found],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/timeline/layout",
        handler=get_layout,
        summary="How the timeline is laid out",
        tag="timeline",
        description=_LAYOUT.strip(),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=Narrowing,
        responses={200: Media(("application/octet-stream",), "The layout."), 304: None},
    ),
    Operation(
        method="GET",
        path="/api/timeline/buckets/{month}",
        handler=get_bucket,
        summary="A month of the timeline",
        tag="timeline",
        description=(
            "`month` is like `2026-01`, or `undated`. With `rev` the answer is 409 once the library is no longer that"
            " of the layout, which is then to be fetched again. Takes `If-None-Match`."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=BucketQuery,
        responses={200: TimelineBucket, 304: None},
        errors=(UsageError, LibraryChanged),
    ),
    Operation(
        method="GET",
        path="/api/facets",
        handler=get_facets,
        summary="How many assets have each year, folder, tag, camera, type and owner",
        tag="timeline",
        description=(
            "Each count is that of what a list finds with the same filter and this value besides. Takes"
            " `If-None-Match`. With words in `q`, or `like`, as in a search: over what is above the cut of its"
            " answer, which `cut` says, and `total` over how many."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=FacetQuery,
        responses={200: Facets, 304: None},
        errors=(NotFound, Conflict, ModelUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/assets/batch",
        handler=get_batch,
        summary="Several assets by their ids",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        reads_only=True,
        body=Batch,
        responses={200: BatchAnswer},
    ),
)
