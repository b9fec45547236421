"""Makes a file name that people chose safe to use on disk, and keeps it readable."""

import re
import unicodedata

#: Bytes of UTF-8. File systems take 255; the rest is room for what tools add.
MAX_NAME_BYTES = 200

#: A suffix longer than this is not one, bytes.
_MAX_SUFFIX_BYTES = 20

#: Device names on Windows, in whatever case and with whatever suffix: people mount their volume there too.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)

#: Refused by Windows file systems, or with a meaning to shells or URLs that surprises.
_AWKWARD = re.compile(r'[<>:"|?*]')

_FALLBACK = "unnamed"


def safe_filename(name: str) -> str:
    """One path component made from ``name``: no separators, control characters, leading dots or reserved names.

    The result is in Unicode's composed form (NFC), has 1 to 200 bytes of UTF-8 and keeps its suffix. A result
    passed in again comes out the same.
    """
    parts = [part for part in re.split(r"[/\\]", name) if part.strip(". \0")]
    # Category C covers control, format (with the characters that reverse text), surrogate and unassigned ones.
    printable = "".join(" " if c.isspace() else c for c in (parts or [""])[-1] if c.isspace() or _is_plain(c))
    text = unicodedata.normalize("NFC", _AWKWARD.sub("_", printable))
    text = _trimmed(re.sub(r" {2,}", " ", text))
    stem, suffix = _split(text)
    if _RESERVED.fullmatch(stem.split(".")[0].rstrip()):
        stem = f"_{stem}"
    room = MAX_NAME_BYTES - len(suffix.encode())
    return _trimmed(_cut(stem, room).rstrip(" .") + suffix) or _FALLBACK


def _is_plain(character: str) -> bool:
    # Joiners are format characters too, and hold emoji and several scripts together.
    return not unicodedata.category(character).startswith("C") or character in "\u200c\u200d"


def _trimmed(text: str) -> str:
    # Leading dots hide a file; trailing dots and spaces vanish on Windows; a leading dash reads as an option.
    return text.lstrip(" .-\u200c\u200d").rstrip(" .")


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        return name, ""
    return stem, f".{suffix}"


def _cut(text: str, room: int) -> str:
    return text.encode()[:room].decode(errors="ignore")
