"""What leaves the library, and what a run that lets things leave has done."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from appliance.records.accounts import Named


@dataclass(frozen=True, slots=True)
class Clocks:
    """What different clocks say; all aware, in UTC."""

    database: datetime
    #: When a run of purge or sweep last looked at a clock that it believed; None on the first run.
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Doomed:
    """An asset that is to go for good."""

    id: UUID
    owner: UUID
    filename: str
    sha256: bytes
    bytes: int
    #: ``expired`` or ``deleted``.
    reason: str


@dataclass(frozen=True, slots=True)
class LeavingDay:
    """What leaves, or left, on one day."""

    day: date
    assets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class OwnersDue:
    """How much of one person's may be purged."""

    owner: Named
    assets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What the next purge does, and what comes after it; no names of files, which are their people's business."""

    due: "Due"
    #: Whether it stops to ask.
    asks: bool
    #: The one that is open.
    hold: "Hold | None"
    owners: tuple[OwnersDue, ...]
    #: The days of the next week; what is due already counts for the first.
    soon: tuple[LeavingDay, ...]
    #: The days of the last month.
    past: tuple[LeavingDay, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """That a purge stopped to ask; nothing is purged while it is open."""

    id: int
    held_at: datetime
    #: Assets that were due and that nobody had asked to go or agreed to, and their bytes.
    due: int
    due_bytes: int
    #: Assets that the library had in all.
    library: int
    released_at: datetime | None
    released_by: UUID | None


@dataclass(frozen=True, slots=True)
class Due:
    """Assets that may be purged."""

    assets: int
    bytes: int
    #: Of these, those that nobody emptied out of their trash and no release covers.
    unasked: int
    unasked_bytes: int


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did, or with ``dry_run`` would do."""

    dry_run: bool
    #: Assets whose files and rows are gone.
    purged: int
    bytes: int
    #: Of these, how many an earlier run had begun with.
    resumed: int
    #: Due as well, left by this run's cap.
    remaining: int
    #: The assets of a dry run, the first due first.
    assets: tuple[Doomed, ...]
    #: Assets whose files could not be removed; the next run tries again.
    stuck: tuple[UUID, ...] = ()
    #: Whether unusually much is due: a run marks nothing new, and asks.
    asks: bool = False


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep mended, or with ``dry_run`` would mend."""

    dry_run: bool
    #: Jobs whose worker fell silent: waiting again, and given up.
    leases_released: int
    leases_failed: int
    #: Expired assets that are in the trash now.
    expired: int
    #: Uploads that a crash cut off: assets now, and dropped as their bytes are gone.
    uploads_finished: int
    uploads_dropped: int
    #: Part files of uploads that nobody is going to finish.
    parts_removed: int
    #: Assets that had no job for the active model.
    jobs_added: int
    #: Whether workers were told of waiting work.
    woken: bool
    #: Whether the active model's index was built now.
    index_built: bool
    #: Whether the volume was compared with the database; the two lists are empty otherwise.
    files_checked: bool
    #: Folders on the volume that no row knows; never touched.
    orphans: tuple[UUID, ...]
    #: Assets whose folder is not on the volume.
    missing: tuple[UUID, ...]
    #: What could not be done, a sentence each.
    warnings: tuple[str, ...]
    #: Deleted accounts whose last asset is gone, and that are now too.
    accounts_removed: int = 0
