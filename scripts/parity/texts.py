"""Ten thousand texts of all kinds that a tokenizer may meet, the same on every machine.

The texts must never change: the digests in tests/data/parity were taken of their token ids.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

#: Texts whose ids one digest is taken of.
BLOCK = 100

COUNT = 10_000

_LINE = (
    "a photo of the red dog on beach Two CATS playing with an Orange ball near my grandmother's house don't we've "
    "I'll it's they're New York 1999 3.14 50% C++ e-mail self-portrait naïve café Ångström Straße İstanbul ΣΊΣΥΦΟΣ "
    "ein rotes Fahrrad im Schnee la plage à l'été niño jugando żółć příliš žluťoučký kůň красная собака на пляже "
    "ελληνικά κείμενο שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก 안녕하세요 세계 "
    "こんにちは 世界 カメラ 红色的狗 在 海滩 上 繁體中文"
)
_WORDS = tuple(_LINE.split())

#: First and last code point of stretches that have been whole for many years.
_STRETCHES = (
    (0x00A1, 0x024F), (0x0391, 0x03A1), (0x03B1, 0x03C9), (0x0400, 0x04FF), (0x05D0, 0x05EA), (0x0621, 0x064A),
    (0x0905, 0x0939), (0x0E01, 0x0E3A), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2460, 0x24FF), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3),
    (0xE000, 0xE0FF), (0xFF01, 0xFF5E), (0x1D400, 0x1D454), (0x1F300, 0x1F5FF), (0x1F600, 0x1F64F),
    (0x20000, 0x2A6D6),
)  # fmt: skip

_EMOJI = ("😀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "☂", "👨🏿‍🚀", "1️⃣", "🫠")
_ODD = (
    "…", "—", "“quoted”", "don’t", "ﬁne", "ｆｕｌｌ", "½", "№", "&amp;", "&lt;b&gt;", "&#39;", "â€™", "schÃ¶n", "_",
    "__x__",
    "\u200b", "\u200d", "\ufeff", "\u00a0", "\u3000", "\u2028", "\u0085", "\ufffd", "#tag", "@me", "a/b\\c", "{x}",
    "http://example.org/?q=1&r=2", "👀!?", "...", "!!!", "'s", "'S", "’s", "``", "~", "^", "§", "🏻",
)  # fmt: skip
_CONTROLS = tuple(map(chr, [*range(1, 32), 127, 0x80, 0x9F, 0x61C, 0x200E, 0x202E, 0x2066]))
_SPACES = (" ", " ", " ", " ", "  ", "\t", "\n", "\r\n", " \u00a0", "")


def mixed_texts(count: int = COUNT) -> list[str]:
    """The first ``count`` of them."""
    random = Random(20240229)  # noqa: S311 - repeatable, not secret
    kinds: tuple[Callable[[Random], str], ...] = (
        _words, _words, _words, _letters, _symbols, _combining, _controls, _everything,
    )  # fmt: skip
    texts = [_pick(random, kinds)(random) for _ in range(count - count // 100)]
    return texts + [_long(random) for _ in range(count // 100)]


def digest(ids: NDArray[np.int64]) -> str:
    """Sixteen hex digits for token ids [n, length]."""
    return sha256(np.ascontiguousarray(ids, "<i4").tobytes()).hexdigest()[:16]


def plain_texts(count: int) -> list[str]:
    """Texts of ordinary words in many languages, to train small tokenizers on."""
    random = Random(7)  # noqa: S311 - repeatable, not secret
    return [_words(random) for _ in range(count)]


def _words(random: Random) -> str:
    return _joined(random, [_pick(random, _WORDS) for _ in range(_number(random, 1, 14))])


def _letters(random: Random) -> str:
    first, last = _pick(random, _STRETCHES)
    return _joined(random, [_run(random, first, last) for _ in range(_number(random, 1, 6))])


def _symbols(random: Random) -> str:
    return _joined(random, [_pick(random, (*_EMOJI, *_ODD, *_WORDS)) for _ in range(_number(random, 1, 10))])


def _combining(random: Random) -> str:
    marks = [chr(_number(random, 0x300, 0x36F)) for _ in range(_number(random, 1, 12))]
    return "".join(letter + _pick(random, marks) for letter in _words(random))


def _controls(random: Random) -> str:
    return "".join(
        letter + (_pick(random, _CONTROLS) if random.random() < 0.2 else "") for letter in _words(random)
    )


def _everything(random: Random) -> str:
    makers = (_words, _letters, _symbols, _combining, _controls)
    return _joined(random, [_pick(random, makers)(random) for _ in range(_number(random, 1, 4))])


def _long(random: Random) -> str:
    words = [_pick(random, (_words, _letters, _symbols))(random) for _ in range(_number(random, 20, 300))]
    return _joined(random, words) if random.random() < 0.8 else "".join(words).replace(" ", "")


def _run(random: Random, first: int, last: int) -> str:
    return "".join(chr(_number(random, first, last)) for _ in range(_number(random, 1, 12)))


def _joined(random: Random, parts: list[str]) -> str:
    return "".join(part + _pick(random, _SPACES) for part in parts)


# Only random() itself is promised to give the same on every Python.
def _number(random: Random, first: int, last: int) -> int:
    return first + int(random.random() * (last - first + 1))


def _pick(random: Random, items: Sequence[T]) -> T:
    return items[int(random.random() * len(items))]
