"""Whether two pictures are nearly the same one, by small prints of them that no model has a part in.

A print is the picture's brightness, squashed to 32 by 32. Two are compared in three steps:

1. Their hashes, 63 signs of the lowest frequencies, differ in at most :data:`MAX_BITS` places, and so much of the
   light and dark lies alike that a closer look is worth while.
2. One is laid on the other: the window of it, cut by up to a tenth at each side, that fits best.
3. What lies alike then: edges and fine parts, large parts, and each part of the picture for itself, as a page with
   one other line is another page.

Sources of the hash: E. Klinger and D. Starkweather, pHash (https://www.phash.org). The limits were found on photos
that were cut, scaled, compressed and toned, and on pages and pictures of the same place that are not the same:
``docs/decisions/0018-groups-of-likeness.md`` has the figures.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

#: The side of a print, cells.
SIDE = 32

#: Places of 63 in which the hashes of two pictures may differ that are compared further.
MAX_BITS = 16

#: The least correlation of the prints as they are, at an eighth of the picture's side, for a closer look.
_ROUGHLY = 0.7

#: Least correlations of large and of fine parts, after one print was laid on the other, uncut and cut.
_LARGE, _FINE, _FINE_CUT = 0.94, 0.9, 0.75

#: How far the worst part, an eighth of the picture's side long, may be off, in standard deviations of brightness.
_WORST, _WORST_CUT = 0.25, 0.85

#: A picture whose fine parts vary by less than this, steps of 255, has nothing by which to know it again.
_FLAT = 1.0

#: How much may have been cut away at a side.
_CUTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1)

#: Hashes that are compared with all others at a time: some ten megabytes with 100,000 of them.
_AT_ONCE = 16

_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one print lies on another. The first two are correlations, -1 to 1."""

    large: float
    fine: float
    #: The mean difference in the worst part, in standard deviations of brightness.
    worst: float
    #: Whether something had to be cut off.
    cut: bool

    @property
    def same(self) -> bool:
        """Whether it is nearly the same picture."""
        fine, worst = (_FINE_CUT, _WORST_CUT) if self.cut else (_FINE, _WORST)
        return self.large >= _LARGE and self.fine >= fine and self.worst <= worst


def print_of(pixels: Bytes) -> Bytes:
    """The print of a picture that was squashed to (SIDE, SIDE, 3), RGB: its brightness, shape (SIDE, SIDE)."""
    brightness: Bytes = np.rint(pixels.astype(np.float32) @ _WEIGHTS).astype(np.uint8)
    return brightness


def hash_of(print_: Bytes) -> int:
    """63 bits: which of the lowest frequencies are above their median."""
    basis = _cosines()
    low = (basis @ print_.astype(np.float32) @ basis.T).ravel()[1:]
    return int.from_bytes(np.packbits(np.concatenate(([False], low > np.median(low)))).tobytes(), "big")


def close_pairs(hashes: npt.NDArray[np.uint64], others: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
    """Pairs of places, shape (n, 2), whose hashes differ in at most :data:`MAX_BITS` bits."""
    found = []
    for start in range(0, len(hashes), _AT_ONCE):
        apart = np.bitwise_count(hashes[start : start + _AT_ONCE, None] ^ others[None, :])
        one, other = np.nonzero(apart <= MAX_BITS)
        found.append(np.stack([one + start, other], axis=1))
    return np.concatenate(found) if found else np.empty((0, 2), np.intp)


def is_same(one: Bytes, other: Bytes) -> float | None:
    """How much two prints are nearly the same picture, -1 to 1; None: they are not."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    if min(_fine(a).std(), _fine(b).std()) < _FLAT:
        return None
    if (_unit(_eighths(a)) @ _unit(_eighths(b)).T).item() < _ROUGHLY:
        return None
    fits = [fit for fit in (_fit(a, b, cut=False), best_fit(a, b), best_fit(b, a)) if fit.same]
    return max((fit.fine for fit in fits), default=None)


def best_fit(whole: Floats, part: Floats) -> Fit:
    """How well ``part`` lies on the window of ``whole`` that fits it best."""
    windows = _windows()
    target = _unit(part) + _unit(_fine(part))
    rows = columns = 0
    for _ in range(2):
        tall = windows @ (whole @ windows[columns].T)
        rows = int((_together(tall) @ target.T).argmax())
        wide = (windows[rows] @ whole) @ windows.transpose(0, 2, 1)
        columns = int((_together(wide) @ target.T).argmax())
    return _fit(windows[rows] @ whole @ windows[columns].T, part, cut=(rows, columns) != (0, 0))


def _fit(one: Floats, other: Floats, *, cut: bool) -> Fit:
    a, b = one - one.mean(), other - other.mean()
    gain = float((a * b).sum() / max(float((a * a).sum()), 1e-3))
    off = np.abs(b - gain * a).reshape(8, SIDE // 8, 8, SIDE // 8).mean(axis=(1, 3))
    return Fit(
        large=(_unit(one) @ _unit(other).T).item(),
        fine=(_unit(_fine(one)) @ _unit(_fine(other)).T).item(),
        worst=float(off.max() / max(float(b.std()), 8.0)),
        cut=cut,
    )


def _together(pictures: Floats) -> Floats:
    return _unit(pictures) + _unit(_fine(pictures))


def _unit(pictures: Floats) -> Floats:
    """Rows of length 1 and mean 0, one for each picture."""
    rows = pictures.reshape(-1, pictures.shape[-1] * pictures.shape[-2])
    rows = rows - rows.mean(axis=1, keepdims=True)
    scaled: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-3)
    return scaled


def _fine(pictures: Floats) -> Floats:
    """What is left of pictures without the mean of each cell's neighbourhood."""
    padding = [(0, 0)] * (pictures.ndim - 2) + [(1, 1), (1, 1)]
    padded = np.pad(pictures, padding, mode="edge")
    tall = padded[..., :-2, :] + padded[..., 1:-1, :] + padded[..., 2:, :]
    left: Floats = pictures - (tall[..., :-2] + tall[..., 1:-1] + tall[..., 2:]) / 9
    return left


def _eighths(picture: Floats) -> Floats:
    mean: Floats = picture.reshape(8, SIDE // 8, 8, SIDE // 8).mean(axis=(1, 3))
    return mean


@cache
def _cosines() -> Floats:
    """The eight lowest rows of a cosine transform."""
    places = np.arange(SIDE)
    return np.cos(np.pi * (places[None, :] + 0.5) * places[:8, None] / SIDE).astype(np.float32)


@cache
def _windows() -> Floats:
    """For each way to cut two opposite sides, nothing first, the matrix that stretches what is left."""
    return np.stack([_stretched(first, 1 - last) for first in _CUTS for last in _CUTS])


def _stretched(first: float, last: float) -> Floats:
    """Catmull and Rom's cubic between the cells."""
    weights = np.zeros((SIDE, SIDE), dtype=np.float32)
    for row, place in enumerate((first + (np.arange(SIDE) + 0.5) / SIDE * (last - first)) * SIDE - 0.5):
        cell = int(np.floor(place))
        t = place - cell
        cubic = (
            -0.5 * t**3 + t**2 - 0.5 * t,
            1.5 * t**3 - 2.5 * t**2 + 1,
            -1.5 * t**3 + 2 * t**2 + 0.5 * t,
            0.5 * t**3 - 0.5 * t**2,
        )
        for step, weight in enumerate(cubic):
            weights[row, min(max(cell - 1 + step, 0), SIDE - 1)] += weight
    return weights
