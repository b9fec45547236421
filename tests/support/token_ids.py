"""The token ids of a text, by the way that a search takes."""

import numpy as np
from numpy.typing import NDArray

from appliance.clip.cleaning import clean
from appliance.clip.query_cache import query_key
from appliance.clip.tokenizer import Part, TextTokenizer


def ids_of_a_search(tokenizer: TextTokenizer, text: str) -> NDArray[np.int64]:
    """The ids [1, length] of ``text``; see :func:`part_of_a_search`."""
    return part_of_a_search(tokenizer, text).ids


def part_of_a_search(tokenizer: TextTokenizer, text: str) -> Part:
    """What is encoded for ``text``.

    References cut off what does not fit, and take texts of nothing; a search divides the one and refuses the other.
    So what they make of those comes from the steps of :meth:`TextTokenizer.parts`.
    """
    words = tokenizer._words(clean(text, tokenizer._tokenization.clean))
    if not text.strip() or len(words.ids) > tokenizer._room:
        return tokenizer._part(words)
    (part,) = tokenizer.parts(query_key(text))
    return part
