"""Token ids from words, by the tokenizer in the model's folder."""

import re
import string

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from appliance.clip.folder import Tokenization
from appliance.errors import ModelUnavailable

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def collapse(text: str) -> str:
    """The text without space at its ends and with single spaces inside: what counts as the same query."""
    return re.sub(r"\s+", " ", text).strip()


class TextTokenizer:
    """Turns one text at a time into ids of a fixed length: a longer text is cut, a shorter one padded."""

    def __init__(self, tokenization: Tokenization, *, length: int | None) -> None:
        """``length`` is the number of tokens that the graph takes, None when it takes any number.

        Raises:
            ModelUnavailable: the tokenizer's file can't be used, or is not of this model.
        """
        path = tokenization.file
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # its errors have no common class but Exception
            raise ModelUnavailable(
                f"{path} is not a tokenizer: {error}. Copy the model's folder again."
            ) from error
        pad = self._tokenizer.token_to_id(tokenization.pad_token)
        if pad is None:
            raise ModelUnavailable(
                f"{path} does not know the token {tokenization.pad_token!r} that tokenizer_config.json pads with;"
                " the two files are of different models. Copy the model's folder again."
            )
        self.length = length or tokenization.context_length
        self._tokenizer.enable_truncation(max_length=self.length)
        self._tokenizer.enable_padding(length=self.length, pad_id=pad, pad_token=tokenization.pad_token)
        self._canonicalize = tokenization.canonicalize

    def encode(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The ids and the mask (1 for a token, 0 for padding), each of shape [1, length]."""
        text = collapse(text)
        if self._canonicalize:
            text = collapse(text.translate(_PUNCTUATION).lower())
        encoding = self._tokenizer.encode(text)
        ids = np.asarray([encoding.ids], np.int64)
        return ids, np.asarray([encoding.attention_mask], np.int64)
