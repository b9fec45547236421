"""A shelf of models for tests: tiny ones to add, in every form that a source can have."""

import io
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.library.shelf.add import add
from appliance.library.shelf.sources import find_source
from appliance.records.shelf import Added, Delivery
from appliance.settings import Settings
from tests.support.tiny_models import Tiny, make

#: A text tower's table that takes some bytes, so that a download has a middle.
PADDING = "textual/padding.bin"


@dataclass
class Watched:
    """What was told while a model was added."""

    agree: bool = True
    deliveries: list[Delivery] = field(default_factory=list)
    steps: list[tuple[str, int | None]] = field(default_factory=list)
    #: How far each step came.
    counts: list[int] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """How far the first step came."""
        return self.counts[0]

    def agrees(self, delivery: Delivery) -> bool:
        self.deliveries.append(delivery)
        return self.agree

    def begin(self, what: str, total_bytes: int | None) -> None:
        self.steps.append((what, total_bytes))
        self.counts.append(0)

    def advance(self, count: int) -> None:
        self.counts[-1] += count


def put(
    settings: Settings,
    source: str | Path,
    *,
    name: str | None = None,
    base: str | None = None,
    sha256: str | None = None,
    watcher: Watched | None = None,
) -> Added:
    """Add a model as the command line does."""
    found = find_source(str(source), base=base, sha256=sha256)
    return add(found, settings, watcher=watcher or Watched(), name=name)


def model_files(folder: Path, tiny: Tiny | None = None, *, padding: int = 0) -> dict[str, bytes]:
    """The files of a tiny model, made in ``folder``; ``padding`` adds bytes to it that mean nothing."""
    root = make(folder, tiny)
    if padding:
        (root / PADDING).write_bytes(bytes(range(256)) * (padding // 256))
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of these."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def taped(files: dict[str, bytes], *, mode: str = "", odd: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """A tar archive of these, compressed by ``mode``, with further members that have no content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{mode}") as packed:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
        for info in odd:
            packed.addfile(info)
    return buffer.getvalue()


def left(settings: Settings) -> list[str]:
    """What is in the models' folder besides the lock."""
    path = settings.models_path
    return sorted(item.name for item in path.iterdir() if item.name != ".lock") if path.is_dir() else []
