"""Pictures for tests, made here: every format, mode and orientation, and files that are not what they seem."""

import io
import struct
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

#: Format name as Pillow knows it, and the MIME type that is expected of it.
FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
}

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (40, 60, 200), (230, 210, 40)


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Four plain quarters: red and green above, blue and yellow below. Turns and mirrorings all look different."""
    picture = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for colour, corner in zip((RED, GREEN, BLUE, YELLOW), ((0, 0), (1, 0), (0, 1), (1, 1)), strict=True):
        left, top = corner[0] * half[0], corner[1] * half[1]
        picture.paste(colour, (left, top, width if corner[0] else half[0], height if corner[1] else half[1]))
    return picture


def corners(picture: Image.Image) -> list[str]:
    """The names of the colours in the quarters, row by row."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW}
    width, height = picture.size
    found = []
    for x, y in ((1, 1), (3, 1), (1, 3), (3, 3)):
        pixel = picture.convert("RGB").getpixel((width * x // 4, height * y // 4))
        assert isinstance(pixel, tuple)
        found.append(
            min(names, key=lambda name: sum(abs(a - b) for a, b in zip(pixel, names[name], strict=True)))
        )
    return found


def encoded(picture: Image.Image, name: str, **options: object) -> bytes:
    """The bytes of ``picture`` in the format ``name``."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def wide_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose upper half is red and lower half blue, of any size, without ever having it in memory.

    Each row of blocks begins anew at a restart marker, so that one row can be repeated.
    """
    rows = []
    for colour in (RED, BLUE):
        data = encoded(Image.new("RGB", (width, 16), colour), "JPEG", restart_marker_rows=1)
        head, _, scan = data.partition(b"\xff\xda")
        length = int.from_bytes(scan[:2], "big")
        rows.append(scan[length:-2])
    at = head.index(b"\xff\xc0") + 5
    out = bytearray(head[:at] + struct.pack("!H", height) + head[at + 2 :] + b"\xff\xda" + scan[:length])
    count = -(-height // 16)
    for row in range(count):
        out += rows[0 if 2 * row < count else 1]
        out += bytes((0xFF, 0xD0 + row % 8)) if row < count - 1 else b"\xff\xd9"
    return bytes(out)


def noisy(width: int, height: int) -> Image.Image:
    """A picture that hardly compresses, so that a file of it can be cut anywhere."""
    bands = [Image.effect_noise((width, height), 80) for _ in range(3)]
    return Image.merge("RGB", bands)


def swapped_profile() -> bytes:
    """An ICC profile like sRGB with red and green exchanged, so that applying it is plain to see."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The description says sRGB, which is believed; say something else.
    at = profile.find("sRGB".encode("utf-16-be"))
    if at >= 0:
        profile[at : at + 8] = "Test".encode("utf-16-be")
    # Exchange the red and green primaries.
    red, green = _tag_at(profile, b"rXYZ"), _tag_at(profile, b"gXYZ")
    profile[red : red + 20], profile[green : green + 20] = (
        profile[green : green + 20],
        profile[red : red + 20],
    )
    return bytes(profile)


def _tag_at(profile: bytearray, signature: bytes) -> int:
    entry = profile.index(signature, 128)
    return int(struct.unpack_from("!I", profile, entry + 4)[0])


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises ``width`` x ``height`` pixels and holds a little data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_that_claims(width: int, height: int) -> bytes:
    """A JPEG whose header says ``width`` x ``height``."""
    data = bytearray(encoded(quadrants(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack("!HH", height, width)
    return bytes(data)


#: Files that are no pictures, and the code of the refusal.
NOT_PICTURES = {
    "svg": (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "file_unsupported",
    ),
    "text": (b"hello, this is only text\n" * 50, "file_unsupported"),
    "html": (b"<!doctype html><html><body>hi</body></html>", "file_unsupported"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "file_unsupported"),
    "zip": (b"PK\x03\x04" + bytes(100), "file_unsupported"),
    "bmp by two letters": (b"BM is how this text begins, and it goes on for a while", "file_unsupported"),
    "camera raw": (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(64), "file_unsupported"),
    "mp4": (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(64), "video_unsupported"),
    "mov": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(64), "video_unsupported"),
    "old mov": (b"\0\0\0\x08wide\0\0\1\0mdat" + bytes(64), "video_unsupported"),
    "webm": (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01webm" + bytes(64), "video_unsupported"),
    "avi": (b"RIFF\x24\0\0\0AVI LIST" + bytes(64), "video_unsupported"),
    "mpeg-ts": ((b"\x47" + bytes(187)) * 10, "video_unsupported"),
    "m2ts": ((bytes(4) + b"\x47" + bytes(187)) * 10, "video_unsupported"),
    "mpeg-ps": (b"\0\0\x01\xba" + bytes(64), "video_unsupported"),
    "one byte": (b"\xff", "file_unsupported"),
    "nothing": (b"", "file_empty"),
}


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file with these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path
