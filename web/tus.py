"""The headers of tus 1.0.0, the protocol for uploads in pieces (https://tus.io/protocols/resumable-upload).

What is not exactly as the protocol says is refused: a number that only looks like one could be somebody's offset.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from starlette.datastructures import Headers

from appliance.media.names import safe_filename
from appliance.records.transfers import Checksum, TransferWish
from web.problems import TUS_VERSION, Malformed, WrongContentType, WrongTusVersion
from web.schemas.problems import ProblemPart

PIECE_TYPE = "application/offset+octet-stream"

EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"

#: All of Upload-Metadata, bytes; also the most that the server takes of one header.
MAX_METADATA_BYTES = 8 * 1024

_SUMS: Mapping[str, tuple[Literal["sha1", "sha256"], int]] = {"sha256": ("sha256", 32), "sha1": ("sha1", 20)}

CHECKSUMS = ",".join(_SUMS)

#: What clients send of themselves and this server has no use for.
_IGNORED = frozenset({"filetype", "type", "relativePath"})

_KNOWN = frozenset({"filename", "name", "ttl", "folder", "folder_id", "tags", "sha256"})

_NUMBER = re.compile(r"[0-9]{1,18}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def refused(where: str, message: str) -> Malformed:
    """The error that names one header."""
    return Malformed([ProblemPart(where=where, message=message)])


def check_version(headers: Headers) -> None:
    """Nothing, when the client speaks this version.

    Raises:
        WrongTusVersion: it does not, or does not say so.
    """
    if headers.getlist("tus-resumable") != [TUS_VERSION]:
        raise WrongTusVersion


def read_number(headers: Headers, name: str) -> int:
    """A header that has to be there and is a whole number from 0 on.

    Raises:
        Malformed: it is missing or something else.
    """
    given = headers.getlist(name)
    if len(given) != 1 or not _NUMBER.fullmatch(given[0]):
        raise refused(name, "Is given once, as a whole number of bytes from 0 on.")
    return int(given[0])


def has_piece(headers: Headers) -> bool:
    """Whether bytes of the file come in the body.

    Raises:
        WrongContentType: there is a body of another kind.
    """
    if headers.get("content-type", "").strip().lower() == PIECE_TYPE:
        return True
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise WrongContentType(f"The bytes of a file are sent with Content-Type: {PIECE_TYPE}.")
    return False


def require_piece(headers: Headers) -> None:
    """Nothing, when the body is bytes of a file.

    Raises:
        WrongContentType: it is not.
    """
    if headers.get("content-type", "").strip().lower() != PIECE_TYPE:
        raise WrongContentType(f"A piece is sent with Content-Type: {PIECE_TYPE}.")


def read_length(headers: Headers) -> int:
    """Upload-Length, which has to be known from the beginning.

    Raises:
        Malformed: it is missing or no number, or something is asked for that this server does not do.
    """
    for name in ("Upload-Defer-Length", "Upload-Concat"):
        if name in headers:
            raise refused(name, "This server does not do this; see Tus-Extension.")
    return read_number(headers, "Upload-Length")


def told_bytes(headers: Headers) -> int | None:
    """How many bytes are said to come; None where that is not said."""
    given = headers.get("content-length", "")
    return int(given) if _NUMBER.fullmatch(given) else None


def read_checksum(headers: Headers) -> Checksum | None:
    """Upload-Checksum, where it is given.

    Raises:
        Malformed: an algorithm that is not known, or a sum that is none.
    """
    given = headers.getlist("upload-checksum")
    if not given:
        return None
    name, _, text = given[0].strip().partition(" ")
    if len(given) > 1 or name not in _SUMS:
        raise refused("Upload-Checksum", f"Is given once, and begins with one of {CHECKSUMS}.")
    algorithm, size = _SUMS[name]
    digest = _from_base64("Upload-Checksum", text.strip())
    if len(digest) != size:
        raise refused("Upload-Checksum", f"A sum of {name} has {size} bytes, in base64.")
    return Checksum(algorithm, digest)


def read_metadata(headers: Headers) -> tuple[TransferWish, bytes | None]:
    """What the file is to get, and the SHA-256 sum that it is announced with.

    Raises:
        Malformed: not pairs of a key and base64, a key twice or unknown, or a value that can't be used.
    """
    given = ",".join(headers.getlist("upload-metadata"))
    if len(given) > MAX_METADATA_BYTES:
        raise refused("Upload-Metadata", f"Has at most {MAX_METADATA_BYTES} bytes.")
    values = _pairs(given)
    sha256 = values.get("sha256")
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise refused("Upload-Metadata.sha256", "Is 64 hexadecimal digits.")
    wish = TransferWish(
        filename=safe_filename(values.get("filename") or values.get("name") or ""),
        folder=values.get("folder") or None,
        folder_id=values.get("folder_id") or None,
        tags=(values["tags"],) if values.get("tags") else (),
        ttl=values.get("ttl") or None,
        metadata=given,
    )
    return wish, bytes.fromhex(sha256) if sha256 else None


def _pairs(given: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in given.split(",") if given.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        if key not in _KNOWN and key not in _IGNORED:
            raise refused("Upload-Metadata", f"There is no key {key[:100]!r}.")
        where = f"Upload-Metadata.{key}"
        if key in values:
            raise refused(where, "May be given once.")
        try:
            text = _from_base64(where, encoded.strip()).decode("utf-8")
        except UnicodeDecodeError:
            raise refused(where, "This is not UTF-8.") from None
        # A file's name is made safe as a whole; other texts are stored as they are.
        if "\0" in text and key not in {"filename", "name", *_IGNORED}:
            raise refused(where, "NUL characters are not allowed.")
        values[key] = text
    return values


def _from_base64(where: str, text: str) -> bytes:
    if not _BASE64.fullmatch(text):
        raise refused(where, "This is not base64.")
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refused(where, "This is not base64.") from None


def http_date(moment: datetime) -> str:
    """A moment as headers write it (RFC 9110)."""
    return format_datetime(moment, usegmt=True)
