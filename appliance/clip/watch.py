"""Whether a model's files are still those that were loaded.

A runtime may read weights from the disk long after loading (external data is mapped into memory), so a file that is
written over under a running process could turn into vectors of neither model. A look costs one ``stat`` per file;
only where one differs are the files hashed again, so that a touched or newly copied file of the same content stops
nothing. A file that is gone is no other file: what was loaded of it stays readable.
"""

import os
from pathlib import Path

from appliance.clip.identity import files_that_count, identity
from appliance.errors import EncoderUnavailable

_Stamp = tuple[int, int, int, int]


class Watch:
    """The files of one model folder, as they are when this is made: before anything is loaded."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stamps = _look(root)
        self._bad: dict[Path, _Stamp] | None = None
        #: What the vectors may be compared by; hashed after the files were noted.
        self.identity = identity(root)

    def check_unchanged(self) -> None:
        """Nothing, as long as the files are those that were loaded.

        Raises:
            EncoderUnavailable: they are others; says which, and what to do.
        """
        seen = {path: stamp for path in self._stamps if (stamp := _stamp(path)) is not None}
        differ = [path for path, stamp in seen.items() if stamp != self._stamps[path]]
        if not differ:
            self._bad = None
            return
        if seen != self._bad and self._same_content():
            self._stamps |= seen
            return
        self._bad = seen
        names = ", ".join(path.relative_to(self._root).as_posix() for path in differ)
        raise EncoderUnavailable(
            f"Files of the model in {self._root} were changed while it is in use ({names}); put the former files"
            " back, or give the other model a folder of its own, then restart this service."
        )

    def _same_content(self) -> bool:
        try:
            return identity(self._root) == self.identity
        except OSError:
            return False


def _look(root: Path) -> dict[Path, _Stamp]:
    return {path: stamp for path in sorted(files_that_count(root)) if (stamp := _stamp(path)) is not None}


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - called for every slice of pictures
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0, 0, 0)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
