"""Texts as each kind of model's reference prepares them before it looks for tokens."""

import html
import re
import string
from collections.abc import Callable
from typing import Literal

import ftfy

#: Where the name is in a model's own words, they are open_clip's (``tokenizer_kwargs.clean``).
Cleaning = Literal["none", "whitespace", "lower", "canonicalize", "siglip", "siglip_cased"]

#: The iota below a letter divides words in open_clip, whose patterns see a letter in it and none as well.
_IOTA = "\u0345"

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean(text: str, how: Cleaning) -> str:
    """``text`` prepared.

    ``none``: as it is. ``whitespace``: encodings repaired, HTML's entities resolved, single spaces. ``lower``: and
    in lower case. ``canonicalize``: and without ASCII's punctuation. ``siglip``: lower case, no punctuation and
    single spaces, but nothing repaired; ``siglip_cased``: the same with capitals.

    Sources: open_clip's ``tokenizer.py``; transformers' SiglipTokenizer.
    """
    return _STEPS[how](text)


def collapse(text: str) -> str:
    """The text without space at its ends and with single spaces inside."""
    return " ".join(text.split())


def _repaired(text: str) -> str:
    return collapse(html.unescape(html.unescape(ftfy.fix_text(text))))


def _canonical(text: str) -> str:
    return collapse(_repaired(text).replace("_", " ").translate(_PUNCTUATION).lower())


def _siglip(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(_PUNCTUATION)).strip()


_STEPS: dict[Cleaning, Callable[[str], str]] = {
    "none": str,
    "whitespace": _repaired,
    "lower": lambda text: _repaired(text).lower().replace(_IOTA, " "),
    "canonicalize": _canonical,
    "siglip": lambda text: _siglip(text.lower()),
    "siglip_cased": _siglip,
}
