"""Values of a configuration file, checked."""

from pathlib import Path
from typing import Any, TypeVar

from appliance.errors import ModelUnavailable
from appliance.records.media import Interpolation

T = TypeVar("T", bound=str)

#: Pillow's numbers of its filters.
FILTERS: dict[object, Interpolation] = {
    0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming",
}  # fmt: skip

Three = tuple[float, float, float]


def per_channel(path: Path, key: str, value: object, *, positive: bool = False) -> Three:
    """Three numbers, one per channel; one number stands for all three.

    Raises:
        ModelUnavailable: it is something else.
    """
    many = value if isinstance(value, list) else [value] * 3
    match many:
        case [int() | float() as red, int() | float() as green, int() | float() as blue]:
            if not positive or min(red, green, blue) > 0:
                return float(red), float(green), float(blue)
    raise ModelUnavailable(f"{path}: {key} is not three numbers, one per channel.")


def pair(path: Path, key: str, size: object) -> tuple[int, int]:
    """A height and a width in pixels; one number stands for a square.

    Raises:
        ModelUnavailable: it is something else.
    """
    match size if isinstance(size, list) else [size, size]:
        case [int(height), int(width)] if 16 <= height <= 4096 and 16 <= width <= 4096:
            return height, width
    raise ModelUnavailable(
        f"{path}: {key} is {size!r}, not the side of a square or [height, width] in pixels."
    )


def one_of(path: Path, key: str, value: object, known: tuple[T, ...]) -> T:
    """``value``, when it is one of ``known``.

    Raises:
        ModelUnavailable: it is not.
    """
    for name in known:
        if value == name:
            return name
    raise ModelUnavailable(f"{path}: {key} is {value!r}; known here: {', '.join(known)}.")


def section(content: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under ``key``, empty when there is none."""
    found = content.get(key)
    return found if isinstance(found, dict) else {}
