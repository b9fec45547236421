"""CLIP's own tokenizer, built from the files that model folders carry, or from the vocabulary that is built in.

Texts for a list of merges come cleaned and in lower case (:mod:`appliance.clip.cleaning`).

Sources: openai/CLIP's ``simple_tokenizer.py``, which open_clip's SimpleTokenizer repeats; transformers'
CLIPTokenizer.
"""

import gzip
import json
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

#: The vocabulary that nearly every CLIP model uses; its licence lies beside it.
BUILT_IN = Path(__file__).parent / "bpe_simple_vocab_16e6.txt.gz"

#: Tokens in it, with the two special ones.
BUILT_IN_SIZE = 49408

#: The merges in the file that are used: those that make 49,408 tokens with 512 bytes and the two special ones.
_MERGES = BUILT_IN_SIZE - 512 - 2

_START, _END = "<start_of_text>", "<end_of_text>"
#: The reference matches without regard to case, so that ſ is an s.
_OWN_WORDS = r"'[sſ]|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_HF_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def from_merges_list(path: Path) -> Tokenizer:
    """The tokenizer of a list of merges, as in ``bpe_simple_vocab_16e6.txt.gz``, compressed or not.

    Raises:
        OSError: it can't be read.
        ValueError: it is no such list.
    """
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    lines = content.decode("utf-8").split("\n")[1 : _MERGES + 1]
    merges = [(pair[0], pair[1]) for pair in (line.split() for line in lines) if len(pair) == 2]
    if len(merges) != len(lines) or len(lines) != _MERGES:
        raise ValueError(f"it holds {len(merges):,} merges, not {_MERGES:,}")
    bytes_ = _byte_letters()
    tokens = [
        *bytes_,
        *(f"{letter}</w>" for letter in bytes_),
        *("".join(pair) for pair in merges),
        _START,
        _END,
    ]
    tokenizer = _tokenizer(dict(zip(tokens, range(len(tokens)), strict=True)), merges, _START, _END)
    tokenizer.pre_tokenizer = _divided(_OWN_WORDS)
    return tokenizer


def from_vocabulary(vocabulary: Path, merges: Path) -> Tokenizer:
    """The tokenizer of ``vocab.json`` and ``merges.txt``, as transformers keeps CLIP's.

    Raises:
        OSError: one of them can't be read.
        ValueError: one of them is something else.
    """
    tokens: Any = json.loads(vocabulary.read_text(encoding="utf-8"))
    if not isinstance(tokens, dict) or "<|endoftext|>" not in tokens:
        raise ValueError("it does not hold CLIP's tokens")
    lines = [line.split() for line in merges.read_text(encoding="utf-8").split("\n")]
    pairs = [(line[0], line[1]) for line in lines if len(line) == 2 and line[0] != "#version:"]
    tokenizer = _tokenizer(tokens, pairs, "<|startoftext|>", "<|endoftext|>")
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = _divided(_HF_WORDS)
    return tokenizer


def _divided(words: str) -> pre_tokenizers.Sequence:
    """Stretches that are words, each in the letters that stand for its bytes."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _tokenizer(tokens: dict[str, int], merges: list[tuple[str, str]], start: str, end: str) -> Tokenizer:
    model = models.BPE(
        tokens, merges, end_of_word_suffix="</w>", continuing_subword_prefix="", fuse_unk=False
    )
    tokenizer = Tokenizer(model)
    tokenizer.add_special_tokens([start, end])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, tokens[start]), (end, tokens[end])]
    )
    return tokenizer


def _byte_letters() -> list[str]:
    """A letter for each byte, in the order of their tokens: printable bytes stand for themselves and come first."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
