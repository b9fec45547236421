"""Where boxes keep what they need, and locks that a killed run lets go of."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: The checkout, where the supervisor is started from.
CHECKOUT = Path(__file__).parents[3]

_POLL_SECONDS = 0.2


def cache_folder() -> Path:
    """What is kept between runs; ``BOX_CACHE`` says where. It has to be on a real file system, not on an overlay."""
    folder = Path(os.environ.get("BOX_CACHE", "/var/cache/scene-sense-box"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Lock:
    """A lock on a file, which ends with the process that has it."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._descriptor: int | None = None

    def take(self, *, wait_seconds: float = 0) -> bool:
        """Whether it is ours now."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(descriptor, self._mode | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(_POLL_SECONDS)
            else:
                self._descriptor = descriptor
                return True

    @property
    def held(self) -> bool:
        """Whether it is ours."""
        return self._descriptor is not None

    def drop(self) -> None:
        """Let go of it, when we have it."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def locked(path: Path, *, wait_seconds: float) -> Iterator[None]:
    """Have the lock for a while; wait for it that long at most."""
    lock = Lock(path)
    if not lock.take(wait_seconds=wait_seconds):
        raise TimeoutError(f"{path} is locked by another run for more than {wait_seconds:g} s")
    try:
        yield
    finally:
        lock.drop()
