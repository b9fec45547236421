"""Photos as cameras write them, in files that are kept between runs: real ones enlarged, with grain and EXIF."""

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.support.vit import PHOTOS, cache_folder

#: Width and height by class. 12 megapixels is what most phones take.
CLASSES = {"12 MP": (4032, 3024), "2 MP": (1632, 1224)}

#: As strong as a camera's at a middling sensitivity, levels; what is upscaled alone would be too smooth.
_GRAIN = 7.0

#: Changes with what is written.
_VERSION = "1"


def camera_photos(name: str, count: int) -> list[str]:
    """``count`` JPEGs of a class, each different; made once, some 0.7 seconds each for the large ones."""
    folder = cache_folder() / f"photos-{_VERSION}" / name.replace(" ", "").lower()
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted(PHOTOS.glob("*.jpg"))
    paths = [folder / f"{number:04d}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            data = camera_photo(sources[number % len(sources)], number, CLASSES[name])
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
                part.write(data)
            Path(part.name).replace(path)
    return [str(path) for path in paths]


def camera_photo(source: Path, number: int, size: tuple[int, int]) -> bytes:
    """A photo of ``size`` pixels, filled by ``source`` and with grain, as a JPEG of quality 90 with EXIF."""
    rng = np.random.default_rng(number)
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    picture = picture.resize(size, Image.Resampling.BICUBIC, box=_box(picture.size, size))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Bench", "Grain", "2024:06:01 12:00:00"
    out = io.BytesIO()
    values = np.asarray(picture, np.float32) + _grain(rng, size)[..., None]
    grained = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    grained.save(out, "JPEG", quality=90, subsampling="4:2:0", exif=exif)
    return out.getvalue()


def _box(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest middle part of a picture that has the shape of ``wanted``."""
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    across, down = wanted[0] * scale, wanted[1] * scale
    left, top = max(0.0, (size[0] - across) / 2), max(0.0, (size[1] - down) / 2)
    return left, top, min(size[0], left + across), min(size[1], top + down)


def _grain(
    rng: np.random.Generator, size: tuple[int, int]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Noise that neighbours share, as a sensor's is after its colours were interpolated; mean 0."""
    white = rng.standard_normal((size[1], size[0]), np.float32)
    soft = 2 * white + np.roll(white, 1, 0) + np.roll(white, 1, 1)
    grain: np.ndarray[tuple[int, int], np.dtype[np.float32]] = soft * np.float32(_GRAIN / 6**0.5)
    return grain
