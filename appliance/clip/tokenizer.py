"""Token ids from words, by the tokenizer in the model's folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer, normalizers, processors

from appliance.clip.cleaning import clean
from appliance.clip.flores import flores_code
from appliance.clip.folder import Tokenization
from appliance.clip.vocabulary import from_merges_list, from_vocabulary
from appliance.errors import ModelUnavailable, UsageError

#: Texts are encoded in this many parts at most, and have this many characters at most.
MAX_PARTS = 64
MAX_CHARACTERS = 50_000

#: What a model that is told the language of a text is told by default, and another language by which such a
#: tokenizer is known; both in FLORES-200's codes.
_ENGLISH, _FRENCH = "eng_Latn", "fra_Latn"
_CODE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


@dataclass(frozen=True, slots=True)
class Part:
    """A text, or a part of one that is too long for one run."""

    #: Token ids, int64 [1, length].
    ids: NDArray[np.int64]
    #: 1 for a token, 0 for filling; int64 [1, length].
    mask: NDArray[np.int64]
    #: How many tokens it has beside the special ones.
    weight: int


class TextTokenizer:
    """Turns one text at a time into the ids that a graph takes."""

    def __init__(self, tokenization: Tokenization, *, length: int | None) -> None:
        """``length`` is the number of tokens that the graph takes, None when it takes any number.

        Raises:
            ModelUnavailable: the tokenizer's file can't be used, or is not of this model.
        """
        self._tokenization = tokenization
        self._tokenizer = tokenizer = _open(tokenization.file)
        _require_vocabulary(tokenizer, tokenization)
        if tokenization.clean == "lower":
            # All is done; transformers' form of CLIP's vocabulary would compose letters that open_clip leaves apart.
            tokenizer.normalizer = normalizers.Sequence([])
        if tokenization.lowercase:
            own = [tokenizer.normalizer] if tokenizer.normalizer else []
            tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
        #: The ids of the languages that the model can be told, by their codes; none where it is told none.
        self._languages = _tell_language(tokenizer, tokenization)
        #: Tokens that one run takes.
        self.length = length or tokenization.context_length
        self._fills = length is not None or tokenization.padded
        self._sep = _separator(tokenizer, tokenization)
        self._pad = _padding(tokenizer, tokenization) if self._fills else 0
        # Filling up and cutting off are done here, so that one look for tokens tells how many there are.
        tokenizer.no_padding()
        tokenizer.no_truncation()
        #: How many of them are words'.
        self._room = self.length - tokenizer.num_special_tokens_to_add(is_pair=False)
        if self._room < 1:
            raise ModelUnavailable(f"{tokenization.file} leaves no room for words in {self.length} tokens.")

    def parts(self, text: str) -> list[Part]:
        """The text in as many parts as it takes, mostly one; a longer one is divided between words.

        Raises:
            UsageError: it is far too long.
        """
        if len(text) > MAX_CHARACTERS:
            raise UsageError(f"The text has {len(text):,} characters; search for {MAX_CHARACTERS:,} at most.")
        text = clean(text, self._tokenization.clean)
        words = self._words(text)
        if len(words.ids) <= self._room:
            return [self._part(words)]
        found: list[Part] = []
        for stretch in self._stretches(text, words):
            if len(found) == MAX_PARTS:
                raise UsageError(
                    f"The text is too long: this model takes {self._room} tokens at a time, and a text may have"
                    f" {MAX_PARTS} times as many."
                )
            found.append(self._part(self._words(stretch)))
        return found

    def language(self, tag: str | None) -> str | None:
        """The code for :meth:`told` of a tag in BCP 47; None for the folder's own language and unknown ones."""
        code = flores_code(tag, self._languages) if tag else None
        return None if code == (self._tokenization.language or _ENGLISH) else code

    def told(self, part: Part, code: str | None) -> Part:
        """``part`` as one in the language of ``code``; as it is for None."""
        if code is None:
            return part
        ids = part.ids.copy()
        first = int(np.argmax(ids[0] == self._languages[self._tokenization.language or _ENGLISH]))
        ids[0, first] = self._languages[code]
        return replace(part, ids=ids)

    def _words(self, text: str) -> Encoding:
        try:
            return self._tokenizer.encode(text, add_special_tokens=False)
        except BaseException as error:
            # What the library's Rust panics with is no Exception, and would end more than this text.
            if type(error).__name__ != "PanicException":
                raise
            raise UsageError("The model's tokenizer can't read this text.") from error

    def _stretches(self, text: str, words: Encoding) -> Iterator[str]:
        """``text`` divided: between words where there is such a place, else between tokens."""
        starts = [start for start, _ in words.offsets] + [len(text)]
        first, final = 0, len(starts) - 1
        while first < final:
            last = _between_words(text, starts, first, min(first + self._room, final))
            # A word that is cut may have more tokens in two than in one.
            while (
                last > first + 1
                and len(self._words(text[starts[first] : starts[last]].strip()).ids) > self._room
            ):
                last -= 1
            stretch = text[starts[first] : starts[last]].strip()
            if stretch:
                yield stretch
            first = last

    def _part(self, words: Encoding) -> Part:
        weight = max(1, min(len(words.ids), self._room))
        words.truncate(self._room)
        # open_clip's HFTokenizer puts zeros in its place.
        ids = [0 if number == self._sep else number for number in self._tokenizer.post_process(words).ids]
        mask = [1] * len(ids)
        if self._fills:
            missing = self.length - len(ids)
            ids, mask = self._fill(ids, [self._pad] * missing), self._fill(mask, [0] * missing)
        if not self._tokenization.masked:
            mask = [1] * len(mask)
        return Part(np.asarray([ids], np.int64), np.asarray([mask], np.int64), weight)

    def _fill(self, values: list[int], filling: list[int]) -> list[int]:
        return filling + values if self._tokenization.pad_side == "left" else values + filling


def _open(path: Path) -> Tokenizer:
    try:
        if path.name == "tokenizer.json":
            return Tokenizer.from_file(str(path))
        if path.name == "vocab.json":
            return from_vocabulary(path, path.parent / "merges.txt")
        return from_merges_list(path)
    except Exception as error:  # the library's errors have no common class but Exception
        raise ModelUnavailable(
            f"{path} is not a tokenizer: {error}. Copy the model's folder again."
        ) from error


def _require_vocabulary(tokenizer: Tokenizer, tokenization: Tokenization) -> None:
    """Refuse a tokenizer whose size is far from the table's; some tables are filled up, some tokenizers extended."""
    rows, known = tokenization.vocabulary, tokenizer.get_vocab_size(with_added_tokens=True)
    if rows is not None and not 0.8 * rows <= known <= 1.1 * rows:
        raise ModelUnavailable(
            f"{tokenization.file} knows {known:,} tokens and the text encoder {rows:,}: the files are of different"
            " models. Copy the model's folder again."
        )


def _padding(tokenizer: Tokenizer, tokenization: Tokenization) -> int:
    token = tokenization.pad_token or (tokenizer.padding or {}).get("pad_token")
    if not isinstance(token, str):
        raise ModelUnavailable(
            f"{tokenization.file.parent / 'tokenizer_config.json'} names no pad_token. Copy the model's folder again."
        )
    pad = tokenizer.token_to_id(token)
    if pad is None:
        raise ModelUnavailable(
            f"{tokenization.file} does not know the token {token!r} that tokenizer_config.json pads with;"
            " the two files are of different models. Copy the model's folder again."
        )
    return int(pad)


def _separator(tokenizer: Tokenizer, tokenization: Tokenization) -> int | None:
    """The id that is taken out of each text, where one is."""
    if tokenization.strip_sep is None:
        return None
    found = tokenizer.token_to_id(tokenization.strip_sep)
    if found is None:
        raise ModelUnavailable(
            f"{tokenization.file} does not know the token {tokenization.strip_sep!r} that its configuration takes"
            " out; name the model's sep_token in tokenizer_config.json."
        )
    return int(found)


def _tell_language(tokenizer: Tokenizer, tokenization: Tokenization) -> dict[str, int]:
    """Put the code of the texts' language first, where the tokenizer has such codes; gives the ids of all of them.

    Source: transformers' NllbTokenizer, source texts: the language's code, the words, ``</s>``.
    """
    if tokenizer.token_to_id(_ENGLISH) is None or tokenizer.token_to_id(_FRENCH) is None:
        return {}
    language, end = tokenization.language or _ENGLISH, "</s>"
    ids = ((token, tokenizer.token_to_id(token)) for token in (language, end))
    known = {token: number for token, number in ids if number is not None}
    if len(known) < 2:
        raise ModelUnavailable(
            f"{tokenization.file} does not know the language {language!r}; use one of its codes, such as {_FRENCH}."
        )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{language} $A {end}", special_tokens=list(known.items())
    )
    added = tokenizer.get_added_tokens_decoder()
    codes = {token.content: number for number, token in added.items() if _CODE.fullmatch(token.content)}
    return codes | {language: known[language]}


def _between_words(text: str, starts: list[int], first: int, last: int) -> int:
    """The last token at or before ``last`` that begins a word; ``last`` itself when none in the later half does."""
    if last == len(starts) - 1:
        return last
    for at in range(last, first + (last - first) // 2, -1):
        start = starts[at]
        if start > starts[first] and (text[start - 1 : start].isspace() or text[start : start + 1].isspace()):
            return at
    # A letter of several tokens is not cut through.
    while last > first + 1 and starts[last] == starts[last - 1]:
        last -= 1
    return last
