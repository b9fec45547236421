"""Reads an upload as it arrives: the file's bytes go straight on, the fields are kept, nothing else is.

The body is ``multipart/form-data`` (RFC 7578) with one part ``file`` and any of the known fields, before the
file or after it.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser
from starlette.requests import Request

from appliance.errors import FileTooLarge
from web.inputs import body_stream
from web.problems import Malformed, WrongContentType
from web.schemas.problems import ProblemPart

if TYPE_CHECKING:  # it exists for type checkers alone
    from python_multipart.multipart import MultipartCallbacks

#: All fields together, bytes.
MAX_FIELD_BYTES = 64 * 1024

MAX_PARTS = 300

#: One header of a part: room for a name that is longer than any file system takes, bytes.
MAX_HEADER_BYTES = 32 * 1024

#: All of the body but the file's bytes: boundaries, headers and fields.
MAX_OVERHEAD_BYTES = 1024 * 1024

_PARAMETER = re.compile(r';\s*([!#$&+.^_`|~\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


@dataclass(slots=True)
class Form:
    """What an upload says beside its bytes; complete when the file's last byte has been handed on."""

    #: As the client wrote it; not to be trusted.
    filename: str = ""
    #: The values of each field in their order.
    fields: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The value of a field that may be given once, or None.

        Raises:
            Malformed: it was given more often.
        """
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise refused(name, "May be given once.")
        return values[0] if values else None


def refused(where: str, message: str) -> Malformed:
    """The error that names one part of a form."""
    return Malformed([ProblemPart(where=where, message=message)])


async def file_chunks(
    request: Request, form: Form, *, known: frozenset[str], max_bytes: int
) -> AsyncGenerator[bytes, None]:
    """The bytes of the part ``file``; ``form`` is filled on the way, with fields of the ``known`` names.

    Raises:
        FileTooLarge: it has more than ``max_bytes``; reading stopped there.
        WrongContentType: not multipart/form-data.
        Malformed: not a well-formed form, an unknown field, no file or more than one.
        BodyTooLarge: what is not the file has more than :data:`MAX_OVERHEAD_BYTES`.
    """
    parts = _Parts(form, known, max_bytes)
    parser = MultipartParser(_boundary(request), parts.callbacks(), max_header_size=MAX_HEADER_BYTES)
    async with aclosing(body_stream(request, limit=max_bytes + MAX_OVERHEAD_BYTES)) as pieces:
        async for piece in pieces:
            try:
                parser.write(piece)
            except FormParserError as error:
                raise refused("body", f"This is not a well-formed form: {error}") from error
            for chunk in parts.take():
                yield chunk
    parts.finish()


def _boundary(request: Request) -> bytes:
    kind, parameters = parse_header(request.headers.get("content-type", ""))
    boundary = parameters.get("boundary", "")
    if kind != "multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise WrongContentType("An upload is multipart/form-data with one part named `file`.")
    return boundary.encode("latin-1", "replace")


def parse_header(value: str) -> tuple[str, dict[str, str]]:
    """The lower-case value of a header and its parameters; quotes and backslashes are undone.

    An extended parameter (RFC 5987, ``filename*=UTF-8''na%C3%AFve.jpg``) wins over its plain form.
    """
    kind = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    for name, raw in _PARAMETER.findall(value[len(value.partition(";")[0]) :]):
        text = raw.strip()
        if text.startswith('"'):
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        if name.endswith("*"):
            decoded = _extended(text)
            if decoded is not None:
                extended[name[:-1].lower()] = decoded
        else:
            plain.setdefault(name.lower(), text)
    return kind, plain | extended


def _extended(text: str) -> str | None:
    charset, separator, rest = text.partition("'")
    _, second, encoded = rest.partition("'")
    if not (separator and second) or charset.lower() not in {"utf-8", "iso-8859-1"}:
        return None
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except UnicodeDecodeError:
        return None


class _Parts:
    """Follows the parser from part to part."""

    def __init__(self, form: Form, known: frozenset[str], max_bytes: int) -> None:
        self._left = max_bytes
        self._form = form
        self._known = known
        self._chunks: list[bytes] = []
        self._headers = Message()
        self._header = (bytearray(), bytearray())
        self._name = ""
        self._value = bytearray()
        self._parts = 0
        self._files = 0
        self._field_bytes = 0
        self._ended = False

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def take(self) -> list[bytes]:
        """The file's bytes since the last call."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def finish(self) -> None:
        """Nothing, if the form was complete.

        Raises:
            Malformed: it was cut short, or had no file.
        """
        if not self._ended:
            raise refused("body", "The form is cut short.")
        if self._files == 0:
            raise refused("file", "There is no part with this name.")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise refused("body", f"A form has at most {MAX_PARTS} parts.")
        self._headers = Message()
        self._header = (bytearray(), bytearray())
        self._value = bytearray()

    def _header_end(self) -> None:
        name, value = self._header
        self._headers[name.decode("latin-1")] = _text(bytes(value))
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        kind, parameters = parse_header(str(self._headers.get("content-disposition", "")))
        self._name = parameters.get("name", "")
        if kind != "form-data" or not self._name:
            raise refused("body", "Each part needs Content-Disposition: form-data with a name.")
        if self._name == "file":
            self._files += 1
            if self._files > 1:
                raise refused("file", "One file at a time.")
            # Browsers write a quote this way, and nothing else (HTML, multipart/form-data encoding).
            self._form.filename = parameters.get("filename", "").replace("%22", '"')
        elif self._name not in self._known:
            raise refused(self._name[:100], "There is no such field.")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "file":
            self._left -= end - start
            if self._left < 0:
                raise FileTooLarge
            self._chunks.append(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MAX_FIELD_BYTES:
            raise refused(self._name, f"All fields together have at most {MAX_FIELD_BYTES} bytes.")
        self._value += data[start:end]

    def _end(self) -> None:
        if self._name == "file":
            return
        try:
            text = self._value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise refused(self._name, "This is not UTF-8.") from error
        if "\0" in text:
            raise refused(self._name, "NUL characters are not allowed.")
        self._form.fields.setdefault(self._name, []).append(text)

    def _finish(self) -> None:
        self._ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
