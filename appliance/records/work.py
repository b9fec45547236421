"""How the work of everybody goes, as whoever runs the appliance sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailedKind:
    """Pictures that failed for one reason."""

    code: str
    assets: int
    #: Whose pictures these are, how many people.
    people: int


@dataclass(frozen=True, slots=True)
class Work:
    """The jobs of everybody."""

    pending: int
    running: int
    done: int
    failed: int
    #: Of those pending and running, how many are for a model that does not answer searches.
    background: int
    #: Done per second, lately.
    per_second: float
    #: For how long the longest waiting one has been due, seconds; None when none waits.
    oldest_seconds: float | None

    @property
    def seconds_left(self) -> float | None:
        """Until all is done at that rate; None when nothing was done lately."""
        waiting = self.pending + self.running
        if not waiting:
            return 0.0
        return waiting / self.per_second if self.per_second > 0 else None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the library holds."""

    assets: int
    bytes: int
    trashed: int
    trashed_bytes: int
