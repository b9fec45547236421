"""The appliance as a whole, for whoever runs it: how it is, how everybody's work goes, and where things are kept."""

import asyncio
import os

from appliance import __version__
from appliance.db import everybodys
from appliance.jobs import Actor
from appliance.library import presence
from appliance.library.appliance import Appliance
from appliance.library.checks.folders import nearest
from appliance.library.checks.mounts import Mount, find_mount
from appliance.records.accounts import Scope
from appliance.records.doctor import Level
from appliance.records.media import VolumeStatus
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.admin import (
    FailedReason,
    Health,
    HealthFinding,
    RenditionsKept,
    RetryEverybodys,
    StorageReport,
    WorkerSeen,
    WorkReport,
)
from web.schemas.failures import RetriedAssets

#: Renditions that are not counted within this time are not counted, seconds.
_COUNT_SECONDS = 2.0


async def get_health(call: Call[None, None]) -> Health:
    """Everything that the server can find wrong."""
    examination = call.context.examination
    checkup = await examination.look(call.appliance)
    found = checkup.found
    return Health(
        version=__version__,
        up_seconds=examination.up_seconds,
        at=checkup.at,
        failures=found.count(Level.FAILURE),
        warnings=found.count(Level.WARNING),
        findings=[HealthFinding.of(finding) for finding in found.findings],
        worker=await _worker(call),
    )


async def get_work(call: Call[None, None]) -> WorkReport:
    """How everybody's work goes."""
    db = call.appliance.db
    work, reasons = await everybodys.count_work(db), await everybodys.count_failures(db)
    return WorkReport(
        pending=work.pending,
        running=work.running,
        done=work.done,
        failed=work.failed,
        background=work.background,
        per_second=work.per_second,
        seconds_left=work.seconds_left,
        oldest_seconds=work.oldest_seconds,
        worker=await _worker(call),
        reasons=[FailedReason.of(kind) for kind in reasons],
    )


async def retry_everybodys(call: Call[None, RetryEverybodys]) -> RetriedAssets:
    """Try everybody's failed pictures again."""
    retried = await everybodys.retry_failed(call.appliance.db, code=call.body.code)
    call.note.object = f"{retried} assets"
    if retried:
        await call.appliance.queue.try_wake(Actor.EMBED)
    return RetriedAssets(retried=retried)


async def get_storage(call: Call[None, None]) -> StorageReport:
    """Where things are kept, and how much room there is."""
    appliance, settings = call.appliance, call.appliance.settings
    originals, trash = StorageReport.kept(await everybodys.sum_holdings(appliance.db))
    volume, mount, renditions = await asyncio.to_thread(_look_at_disks, appliance)
    return StorageReport(
        path=volume.path,
        identity=appliance.volume.expected,
        state=volume.state,
        writable=volume.writable,
        mount=mount.point if mount else None,
        file_system=mount.kind if mount else "",
        free_bytes=volume.free_bytes,
        total_bytes=volume.total_bytes,
        floor_bytes=settings.free_space_floor_bytes,
        trash_days=settings.trash_days,
        originals=originals,
        trash=trash,
        renditions=renditions,
    )


def _look_at_disks(appliance: Appliance) -> tuple[VolumeStatus, Mount | None, RenditionsKept]:
    cache = appliance.cache
    space = os.statvfs(nearest(cache.root))
    renditions = RenditionsKept(
        path=cache.root,
        bytes=cache.measure(seconds=_COUNT_SECONDS),
        free_bytes=space.f_bavail * space.f_frsize,
    )
    return appliance.volume.status(), find_mount(appliance.volume.root), renditions


async def _worker(call: Call[None, None]) -> WorkerSeen:
    seen = await presence.look(call.appliance.db, up_seconds=call.context.examination.up_seconds)
    return WorkerSeen(state=seen.presence, seconds=seen.seconds)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/admin/health",
        handler=get_health,
        summary="How the whole installation is, what is wrong and what mends it",
        tag="administration",
        description=(
            "What `scene-sense doctor` finds, as far as the server itself can. It takes up to ten seconds where"
            " something hangs."
        ),
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: Health},
    ),
    Operation(
        method="GET",
        path="/api/admin/work",
        handler=get_work,
        summary="How everybody's background work goes, in numbers",
        tag="administration",
        description="Whose pictures these are is not told.",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: WorkReport},
    ),
    Operation(
        method="POST",
        path="/api/admin/work/retry",
        handler=retry_everybodys,
        summary="Try everybody's failed pictures again",
        tag="administration",
        description="For when what made them fail was put right. What was set aside is tried again as well.",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="job.retry_all",
        body=RetryEverybodys,
        responses={200: RetriedAssets},
    ),
    Operation(
        method="GET",
        path="/api/admin/storage",
        handler=get_storage,
        summary="The disk of the originals, and what takes up how much",
        tag="administration",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: StorageReport},
    ),
)
