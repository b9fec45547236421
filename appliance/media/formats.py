"""Tells what a file is from its first bytes, never from its name."""

from typing import Literal

from appliance.errors import EmptyFile, UnsupportedFile, VideoUnsupported

#: How much of a file is looked at, bytes.
HEAD_BYTES = 4096

#: The names are Pillow's.
Format = Literal["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "TIFF", "BMP"]

MIME_TYPES: dict[Format, str] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIF": "image/heif",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
}

_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)

#: Matroska and WebM, ASF, FLV, MPEG program stream, MPEG video.
_VIDEO_SIGNATURES = (
    b"\x1a\x45\xdf\xa3",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    b"FLV\x01",
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
)

# Brands of ISO base media files: https://mp4ra.org/registered-types/brands
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1", b"miaf",
})  # fmt: skip
#: Sound, camera raw and JPEG 2000, which share the container.
_OTHER_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P ", b"crx ", b"jp2 ", b"jpx ", b"jxl "})

#: Boxes with which QuickTime files begin that say no brand.
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

#: Sizes of the second header of a BMP, bytes; its magic of two letters alone proves little.
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def recognise(head: bytes) -> Format:
    """The format of the picture that begins with ``head``, its first ``HEAD_BYTES`` bytes.

    Raises:
        EmptyFile: there are no bytes.
        VideoUnsupported: it is a video.
        UnsupportedFile: it is anything else.
    """
    if not head:
        raise EmptyFile
    if head[:4] == b"II*\0" and head[8:10] == b"CR":
        raise UnsupportedFile  # Canon's raw files, TIFF files with a mark of their own
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if _is_video(head):
        raise VideoUnsupported
    raise UnsupportedFile


def _by_brand(head: bytes) -> Format:
    end = min(int.from_bytes(head[:4], "big"), len(head), 512)
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "AVIF"
        if brand in _HEIF_BRANDS - {b"mif1", b"mif2", b"msf1", b"miaf"}:
            return "HEIF"
    if any(brand in _HEIF_BRANDS for brand in brands):
        return "HEIF"
    if major in _OTHER_BRANDS:
        raise UnsupportedFile
    raise VideoUnsupported


def _is_video(head: bytes) -> bool:
    if head.startswith(_VIDEO_SIGNATURES) or (head.startswith(b"RIFF") and head[8:12] == b"AVI "):
        return True
    if head[4:8] in _QUICKTIME_BOXES or (head.startswith(b"OggS") and b"theora" in head[:512]):
        return True
    return _is_transport_stream(head)


def _is_transport_stream(head: bytes) -> bool:
    # MPEG-TS repeats its sync byte each 188 bytes; Blu-ray's form puts 4 bytes before each packet.
    for first, step in ((0, 188), (4, 192)):
        marks = head[first : first + 5 * step : step]
        if len(marks) == 5 and set(marks) == {0x47}:
            return True
    return False
