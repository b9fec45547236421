"""What leaves the library, and what a run that lets things leave has done."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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
