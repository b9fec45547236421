"""What a filter can say besides: of names and of places by their names, of sizes, uploads and expiry."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CameraLike:
    """Taken with a camera whose name has these letters in it, whatever their case and accents."""

    text: str


@dataclass(frozen=True, slots=True)
class LensLike:
    """Taken with a lens whose name has these letters in it, whatever their case and accents."""

    text: str


@dataclass(frozen=True, slots=True)
class NameLike:
    """A file whose name has these letters in it, whatever their case and accents."""

    text: str


@dataclass(frozen=True, slots=True)
class FolderCalled:
    """In a folder of this name, or whose path ends so, or below it; of those that the viewer may see."""

    name: str


@dataclass(frozen=True, slots=True)
class AlbumCalled:
    """In an album of this name that the viewer may see."""

    name: str


#: The name that everybody has for themselves.
ME = "me"


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """Of the person of this name, or with :data:`ME` the viewer's own."""

    name: str


@dataclass(frozen=True, slots=True)
class UploadedBetween:
    """Uploaded on or after ``first`` and on or before ``last``, in UTC."""

    first: date | None
    last: date | None


class Orientation(StrEnum):
    """How an upright picture lies."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class IsOriented:
    """Wider than high, higher than wide, or neither."""

    value: Orientation


class Unit(StrEnum):
    """What the size of a file is counted in."""

    BYTES = "bytes"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class IsLarger:
    """Of so many bytes or pixels, or more."""

    least: int
    unit: Unit = Unit.BYTES


@dataclass(frozen=True, slots=True)
class IsSmaller:
    """Of so many bytes or pixels, or fewer."""

    most: int
    unit: Unit = Unit.BYTES


@dataclass(frozen=True, slots=True)
class IsExpiring:
    """Leaves by itself at some time."""


@dataclass(frozen=True, slots=True)
class ExpiresBefore:
    """Leaves by itself before this day begins, in UTC."""

    day: date


@dataclass(frozen=True, slots=True)
class ExpiresWithin:
    """Leaves by itself within so many days of the moment at which it is asked, 1 to 36,525."""

    days: int


@dataclass(frozen=True, slots=True)
class IsUntagged:
    """Carries no tag."""
