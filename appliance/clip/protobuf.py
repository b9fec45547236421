"""Walks over an encoded Protocol Buffers message in place, without its schema and without copying its content.

Source: https://protobuf.dev/programming-guides/encoding.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap


class MessageError(ValueError):
    """The bytes are no such message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A stretch of a file that is one message, or a text, or bytes: only its reader knows."""

    content: mmap
    start: int
    end: int

    def fields(self) -> Iterator[tuple[int, "Message | int"]]:
        """Each field's number and value, in the file's order: an integer, or a stretch. Fixed-size ones are left out.

        Raises:
            MessageError: it is no message, or cut short.
        """
        for number, value, _ in self.spans():
            if value is not None:
                yield number, value

    def spans(self) -> Iterator[tuple[int, "Message | int | None", "Message"]]:
        """As :meth:`fields`, each with all of its own bytes; the value of a fixed-size one is None.

        Raises:
            MessageError: it is no message, or cut short.
        """
        at = self.start
        while at < self.end:
            start = at
            key, at = self._varint(at)
            wire = key & 7
            value: Message | int | None = None
            if wire == 0:
                value, at = self._varint(at)
            elif wire == 2:
                length, at = self._varint(at)
                value = Message(self.content, at, at + length)
                at += length
            elif wire in {1, 5}:
                at += 8 if wire == 1 else 4
            else:
                raise MessageError("it is no such message")
            if at > self.end:
                raise MessageError(f"{at - self.end:,} bytes are missing at its end")
            yield key >> 3, value, Message(self.content, start, at)

    def all(self) -> "Fields":
        """All fields at once; for small messages."""
        found: defaultdict[int, list[Message | int]] = defaultdict(list)
        for number, value in self.fields():
            found[number].append(value)
        return Fields(found)

    def raw(self) -> bytes:
        """The stretch as it is."""
        return self.content[self.start : self.end]

    def text(self) -> str:
        """The stretch as text."""
        return self.raw().decode("utf-8", "replace")

    def _varint(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while at < self.end and shift < 64:
            byte = self.content[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7
        raise MessageError("it ends in the middle of a number")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one message by number. What is absent is zero, empty, or none, as the format has it."""

    found: dict[int, list[Message | int]]

    def messages(self, number: int) -> list[Message]:
        """The stretches of a repeated field."""
        return [value for value in self.found.get(number, []) if isinstance(value, Message)]

    def number(self, number: int) -> int:
        """An integer field; the last one counts."""
        return next((value for value in reversed(self.found.get(number, [])) if isinstance(value, int)), 0)

    def numbers(self, number: int) -> list[int]:
        """A repeated integer field, packed or not."""
        values: list[int] = []
        for value in self.found.get(number, []):
            if isinstance(value, int):
                values.append(value)
                continue
            at = value.start
            while at < value.end:
                one, at = value._varint(at)
                values.append(one)
        return values

    def text(self, number: int) -> str:
        """A text field."""
        return next((value.text() for value in reversed(self.messages(number))), "")

    def texts(self, number: int) -> list[str]:
        """A repeated text field."""
        return [value.text() for value in self.messages(number)]


def stretch(number: int, content: bytes) -> bytes:
    """Field ``number`` with this content: a message, a text, or bytes."""
    return _encoded(number << 3 | 2) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
