"""Finds the files that an import means, in a settled order, each once.

1. A path that is there is meant literally, whatever signs are in its name.
2. Otherwise ``*``, ``?``, ``[…]`` and ``**`` are read as a shell reads them, so that quoting them is fine.
3. A folder stands for all files in and below it. Links are followed, and no folder or file is met twice.
4. What is hidden (its name begins with a dot) and what is no file (a pipe, a device) is passed over, unless it
   was named itself.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path

from appliance.errors import UsageError
from appliance.media.volume import IDENTITY_FILE


@dataclass(frozen=True, slots=True)
class Found:
    """A file to import."""

    path: Path
    #: The folders between what was asked for and the file, outermost first.
    below: tuple[str, ...] = ()
    #: Why it can't be read, if that is known already.
    problem: str | None = None


Identity = tuple[int, int]


def collect(paths: Sequence[Path], *, besides: Sequence[Path] = ()) -> list[Found]:
    """The files meant by ``paths``; the folders ``besides`` are passed over when they are met on the way.

    Raises:
        UsageError: a path is not there, or a pattern fits nothing.
    """
    walk = _Walk(besides)
    found: list[Found] = []
    for path in paths:
        if os.path.lexists(path):
            found += walk.enter(path, (), named=True)
        elif has_magic(str(path)):
            base, parts = _split(path)
            matched = list(_matches(path, base, parts, besides))
            if not matched:
                raise UsageError(f"Nothing fits {shown(path)}.")
            for each in matched:
                found += walk.enter(each, _folders_of(each, base), named=True)
        else:
            raise UsageError(f"There is no file or folder {shown(path)}.")
    return found


def shown(path: Path | str) -> str:
    """A path as text that any terminal and any JSON can take; a sign that can't be shown becomes �."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "�" for sign in text)


class _Walk:
    """What was met so far."""

    def __init__(self, besides: Sequence[Path]) -> None:
        self._folders: set[Identity] = set()
        self._files: set[Identity] = set()
        for folder in besides:
            identity = _identity(folder)
            if identity:
                self._folders.add(identity)

    def enter(self, path: Path, below: tuple[str, ...], *, named: bool = False) -> Iterator[Found]:
        """The file ``path``, or all files in the folder ``path``, unless they were met before."""
        try:
            facts = path.stat()
        except OSError as error:
            yield Found(path, below, _reason(error))
            return
        identity = (facts.st_dev, facts.st_ino)
        if stat.S_ISDIR(facts.st_mode):
            if identity not in self._folders:
                self._folders.add(identity)
                yield from self._folder(path, below)
        elif not stat.S_ISREG(facts.st_mode):
            if named:
                yield Found(path, below, "this is not a file but a device, a pipe or a socket")
        elif identity not in self._files:
            self._files.add(identity)
            yield Found(path, below)

    def _folder(self, folder: Path, below: tuple[str, ...]) -> Iterator[Found]:
        try:
            # Links last, so that a file is taken under its own name.
            paths = sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name))
        except OSError as error:
            yield Found(folder, below, _reason(error))
            return
        if any(path.name == IDENTITY_FILE for path in paths):
            # A library's own volume: what is in there has been imported.
            return
        for path in paths:
            if not path.name.startswith("."):
                yield from self.enter(path, (*below, path.name) if path.is_dir() else below)


def _matches(pattern: Path, base: Path, parts: tuple[str, ...], besides: Sequence[Path]) -> Iterator[Path]:
    if "**" not in parts:
        yield from (Path(text) for text in sorted(glob(str(pattern))))  # noqa: PTH207 - a Path's shows hidden files
        return
    # Python's own ``**`` follows links in circles.
    for found in _Walk(besides).enter(base, ()):
        if _fits(found.path.relative_to(base).parts, parts):
            yield found.path


def _split(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder above the first part with a sign, and the parts from there on."""
    first = next(index for index, part in enumerate(pattern.parts) if has_magic(part))
    return Path(*pattern.parts[:first]), pattern.parts[first:]


def _folders_of(path: Path, base: Path) -> tuple[str, ...]:
    parts = path.relative_to(base).parts
    return parts if path.is_dir() else parts[:-1]


def _fits(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        # At the end it stands for every file below.
        return len(parts) == 1 or any(_fits(names[skip:], parts[1:]) for skip in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _fits(names[1:], parts[1:])


def _identity(path: Path) -> Identity | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "this link leads in circles"
    if isinstance(error, FileNotFoundError):
        return "this link leads nowhere"
    return f"can't be read: {(error.strerror or str(error)).lower()}"
