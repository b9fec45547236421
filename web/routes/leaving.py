"""What leaves by itself: one's own pictures soon, and for whoever runs the appliance what a purge takes."""

from datetime import timedelta

from appliance import clock
from appliance.db.departures import count_leaving, list_leaving
from appliance.errors import Conflict
from appliance.library import fuse
from appliance.records.accounts import Scope
from appliance.records.organise import ListKey
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.assets import Asset, AssetPage
from web.schemas.cursors import list_cursor, read_list_cursor
from web.schemas.leaving import LeavingDay, LeavingPageQuery, LeavingQuery, PurgePlan, Release


async def get_leaving(call: Call[LeavingQuery, None]) -> list[LeavingDay]:
    """How many of one's own leave on each day."""
    until = clock.now() + timedelta(days=call.query.days)
    days = await count_leaving(call.appliance.db, call.viewer, until=until, zone=call.query.zone)
    return [LeavingDay.of(day) for day in days]


async def list_leaving_assets(call: Call[LeavingPageQuery, None]) -> AssetPage:
    """One's own that leave soon, the first to go first."""
    found = await list_leaving(
        call.appliance.db,
        call.viewer,
        until=clock.now() + timedelta(days=call.query.days),
        limit=call.query.limit + 1,
        after=read_list_cursor(call.query.after),
    )
    shown = found[: call.query.limit]
    last = shown[-1] if len(found) > call.query.limit else None
    key = ListKey(last.expires_at, last.id) if last and last.expires_at else None
    return AssetPage(items=[Asset.of(asset) for asset in shown], next=list_cursor(key))


async def get_purge_plan(call: Call[None, None]) -> PurgePlan:
    """What the next purge does."""
    settings = call.context.settings
    plan = await fuse.plan_purge(
        call.appliance.db,
        now=clock.now(),
        trash=timedelta(days=settings.trash_days),
        ask_above=settings.purge_ask_above,
    )
    return PurgePlan.of(plan)


async def release_purge(call: Call[None, Release]) -> None:
    """Agree to what a purge stopped to ask about."""
    call.note.object = str(call.body.hold)
    await fuse.release(call.appliance.db, call.body.hold, by=call.viewer.user_id)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/leaving",
        handler=get_leaving,
        summary="What leaves by itself, day by day",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=LeavingQuery,
        responses={200: list[LeavingDay]},
    ),
    Operation(
        method="GET",
        path="/api/leaving/assets",
        handler=list_leaving_assets,
        summary="What leaves by itself, the first to go first",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=LeavingPageQuery,
        responses={200: AssetPage},
    ),
    Operation(
        method="GET",
        path="/api/admin/purge",
        handler=get_purge_plan,
        summary="What the next purge deletes for good",
        tag="administration",
        description="How much of whose, and whether it stops to ask. Files are not named.",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: PurgePlan},
    ),
    Operation(
        method="POST",
        path="/api/admin/purge/release",
        handler=release_purge,
        summary="Agree to what a purge stopped to ask about",
        tag="administration",
        description="What was due when the hold began goes at the next purge; what is due since is not agreed to.",
        permission=Permission.ADMINISTER,
        keys=False,
        recent=True,
        audit="library.release",
        body=Release,
        responses={204: None},
        errors=(Conflict,),
    ),
)
