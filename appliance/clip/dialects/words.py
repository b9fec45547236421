"""Finds how words become tokens, in whichever of its ways a folder says it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from appliance.clip.cleaning import Cleaning
from appliance.clip.dialects.values import one_of, section
from appliance.clip.folder import Tokenization, read_json, require_content
from appliance.clip.outline import Outline
from appliance.clip.vocabulary import BUILT_IN, BUILT_IN_SIZE
from appliance.errors import ModelUnavailable

#: What holds a vocabulary, best first.
VOCABULARIES = ("tokenizer.json", "vocab.json", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt")

#: The token with id 0, which open_clip fills up with.
_OPEN_CLIP_PAD = "!"

#: A configuration that means "no limit" has a length of 1e30.
_LONGEST_CONTEXT = 4096
#: Every text is filled up to the length that open_clip's configuration says.
_MOST_CONTEXT = 8192

#: How the names of its tokenizer begin, and its size.
_GEMMA = ("Gemma", "Siglip2")
_GEMMA_SIZE = 256_000


@dataclass(frozen=True, slots=True)
class _Files:
    """What lies beside the text encoder."""

    vocabulary: Path
    #: Content of ``tokenizer_config.json``.
    config: dict[str, Any]
    pad_token: str | None

    @property
    def is_clip(self) -> bool:
        """Whether it is CLIP's kind of byte pairs."""
        if self.vocabulary.name != "tokenizer.json":
            return True
        content = self.vocabulary.read_bytes()
        return re.search(rb'"end_of_word_suffix"\s*:\s*"</w>"', content) is not None


def as_open_clip(folders: Sequence[Path], text: dict[str, Any], path: Path, textual: Outline) -> Tokenization:
    """For a folder that open_clip's ``text_cfg`` describes, which was read from ``path``.

    Source: open_clip's ``factory.py`` (get_tokenizer) and ``tokenizer.py``.

    Raises:
        ModelUnavailable: a file is missing or can't be followed.
    """
    files = _find_files(folders)
    if files is None and "hf_tokenizer_name" not in text and textual.vocabulary == BUILT_IN_SIZE:
        files = _Files(BUILT_IN, {}, None)  # what open_clip itself takes
    files = files or _require_files(folders)
    length = text.get("context_length", 77)
    if not isinstance(length, int) or not 2 <= length <= _MOST_CONTEXT:
        raise ModelUnavailable(f"{path}: text_cfg.context_length is not a number from 2 to {_MOST_CONTEXT}.")
    taken = textual.ids.shape[1] if textual.ids and textual.ids.shape else None
    if taken is not None and taken > length:
        raise ModelUnavailable(
            f"{textual.path} takes {taken} tokens, but {path} says text_cfg.context_length {length}: the files are of"
            " different models, or the number is wrong. Copy the folder again, or correct it."
        )
    known: tuple[Cleaning, ...] = ("whitespace", "lower", "canonicalize")
    usual = "lower" if files.is_clip and "hf_tokenizer_name" not in text else "whitespace"
    options = section(text, "tokenizer_kwargs")
    unknown = sorted(options.keys() - {"clean", "strip_sep_token", "tokenizer_mode"})
    if unknown or options.get("tokenizer_mode"):
        raise ModelUnavailable(
            f"{path}: text_cfg.tokenizer_kwargs has {(unknown or ['tokenizer_mode'])[0]}, which can't be followed"
            " here; take another model."
        )
    said = options.get("clean") or usual
    return Tokenization(
        file=files.vocabulary,
        context_length=length,
        pad_token=files.pad_token or (_OPEN_CLIP_PAD if files.is_clip else None),
        pad_side=_pad_side(files),
        clean=one_of(path, "text_cfg.tokenizer_kwargs.clean", said, known),
        strip_sep=(_token(files.config.get("sep_token")) or "[SEP]")
        if options.get("strip_sep_token")
        else None,
        vocabulary=textual.vocabulary,
    )


def as_transformers(folders: Sequence[Path], config: dict[str, Any], textual: Outline) -> Tokenization:
    """For a folder that transformers' ``config.json`` describes.

    Sources: transformers' ``models/{clip,siglip,siglip2}``; SigLIP was trained on texts that are filled up, and its
    processors fill them up and mask nothing.

    Raises:
        ModelUnavailable: a file is missing or can't be followed.
    """
    files = _require_files(folders)
    kinds = f"{config.get('model_type')} {files.config.get('tokenizer_class')}"
    siglip = "siglip" in kinds.lower()
    gemma = siglip and _is_gemma(files, textual)
    clean: Cleaning = "none"
    if siglip and not gemma:
        clean = "siglip" if files.config.get("do_lower_case", True) else "siglip_cased"
    return Tokenization(
        file=files.vocabulary,
        context_length=_context(files, config, 64 if siglip else 77),
        pad_token=files.pad_token or ("<|endoftext|>" if files.is_clip else None),
        pad_side=_pad_side(files),
        clean=clean,
        lowercase=gemma,
        padded=siglip,
        masked=not siglip,
        vocabulary=textual.vocabulary,
    )


def as_clip(folders: Sequence[Path], textual: Outline) -> Tokenization:
    """For a folder without configuration, whose model is one of open_clip's or OpenAI's.

    The built-in vocabulary serves when none is there and the graph's table of tokens has its size.

    Raises:
        ModelUnavailable: there is none, and the built-in one is not the model's.
    """
    files = _find_files(folders)
    if files is None:
        if textual.vocabulary != BUILT_IN_SIZE:
            raise ModelUnavailable(
                f"{textual.path} does not use CLIP's own vocabulary, and none is there; put the model's"
                f" tokenizer.json into {folders[0]}."
            )
        files = _Files(BUILT_IN, {}, None)
    clip = files.is_clip
    return Tokenization(
        file=files.vocabulary,
        context_length=_context(files, {}, 77),
        pad_token=_OPEN_CLIP_PAD if clip else files.pad_token,
        pad_side=_pad_side(files),
        clean="lower" if clip else "none",
        vocabulary=textual.vocabulary,
    )


def _find_files(folders: Sequence[Path]) -> _Files | None:
    for folder in folders:
        for name in VOCABULARIES:
            path = folder / name
            if not path.is_file() or (name == "vocab.json" and not (folder / "merges.txt").is_file()):
                continue
            require_content(path)
            if path.stat().st_size == 0:
                raise ModelUnavailable(f"{path} is empty. Copy the model's folder again.")
            config = _read_if_there(folder / "tokenizer_config.json")
            special = _read_if_there(folder / "special_tokens_map.json")
            return _Files(path, config, _token(config.get("pad_token")) or _token(special.get("pad_token")))
    return None


def _require_files(folders: Sequence[Path]) -> _Files:
    files = _find_files(folders)
    if files is not None:
        return files
    if any((folder / "spiece.model").is_file() for folder in folders):
        raise ModelUnavailable(
            f"tokenizer.json is missing in {folders[0]}: spiece.model alone can't be read here. Copy it from the"
            " model's repository, or from an export of it for transformers.js."
        )
    raise ModelUnavailable(
        f"tokenizer.json is missing in {folders[0]} (CLIP's own tokenizer may be vocab.json with merges.txt instead)."
        " Copy the model's folder again."
    )


def _read_if_there(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _token(value: object) -> str | None:
    # Older tokenizers keep the token's flags beside it.
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else None


def _pad_side(files: _Files) -> Literal["right", "left"]:
    """Gemma's tokenizers fill up on the left, unless their configuration says otherwise, as SigLIP 2's does."""
    usual = "left" if str(files.config.get("tokenizer_class")).startswith(_GEMMA) else "right"
    return "left" if files.config.get("padding_side", usual) == "left" else "right"


def _context(files: _Files, config: dict[str, Any], usual: int) -> int:
    """The least of what the files say."""
    text = section(config, "text_config")
    said = [text.get("max_position_embeddings"), files.config.get("model_max_length")]
    found = [value for value in said if isinstance(value, int) and 2 <= value <= _LONGEST_CONTEXT]
    return min(found, default=usual)


def _is_gemma(files: _Files, textual: Outline) -> bool:
    """Whether it is SigLIP 2, which reads lower case although its tokenizer would keep capitals."""
    name = files.config.get("tokenizer_class")
    if isinstance(name, str) and name.startswith((*_GEMMA, "SiglipTokenizer", "T5")):
        return name.startswith(_GEMMA)
    return textual.vocabulary == _GEMMA_SIZE
