"""Small tokenizers of each kind, trained here, as their references load and save them."""

import json
import shutil
import tempfile
from pathlib import Path

import sentencepiece
from open_clip.tokenizer import default_bpe
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    CLIPTokenizer,
    NllbTokenizer,
    Siglip2Tokenizer,
    SiglipTokenizer,
    T5TokenizerFast,
    XLMRobertaTokenizer,
)
from transformers.convert_slow_tokenizer import T5Converter

from appliance.clip.cleaning import clean
from appliance.clip.vocabulary import from_merges_list
from scripts.parity.texts import mixed_texts, plain_texts

#: Tokens of each trained one.
SIZE = 600


def write_clip(folder: Path) -> CLIPTokenizer:
    """CLIP's own vocabulary as transformers keeps it; ``vocab.json`` and ``merges.txt`` in ``folder``."""
    built = from_merges_list(Path(default_bpe()))
    tokens = json.loads(built.to_str())["model"]
    named = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocab = {named.get(token, token): number for token, number in tokens["vocab"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    merges = [" ".join(pair) for pair in tokens["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    return CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=77
    )


def write_siglip(folder: Path) -> SiglipTokenizer:
    """A SentencePiece unigram model as SigLIP's; what transformers.js's converter would make of it beside it."""
    with tempfile.TemporaryDirectory() as scratch:
        _train_sentencepiece(Path(scratch) / "spiece", unk_id=2, eos_id=1, bos_id=-1, pad_id=0)
        shutil.copy(Path(scratch) / "spiece.model", folder / "spiece.model")
    tokenizer = SiglipTokenizer(str(folder / "spiece.model"))
    fast = _converted(folder / "spiece.model")
    fast.save(str(folder / "tokenizer.json"))
    _write(folder / "tokenizer_config.json", {
        "tokenizer_class": "SiglipTokenizer", "pad_token": "</s>", "eos_token": "</s>", "unk_token": "<unk>",
        "do_lower_case": True, "model_max_length": 64,
    })  # fmt: skip
    return tokenizer


def read_otherwise(folder: Path, tokenizer: SiglipTokenizer) -> list[int]:
    """Which of the mixed texts SentencePiece and the tokenizers library read otherwise.

    Where a letter bears several combining marks, the library's form of SentencePiece's normalisation loses some.
    """
    converted = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = []
    for number, text in enumerate(mixed_texts()):
        if converted.encode(clean(text, "siglip")).ids != tokenizer(text).input_ids:
            found.append(number)
    return found


def write_t5(folder: Path, spiece: Path) -> None:
    """SigLIP's once more as open_clip's configurations name it: a T5 tokenizer, to be given canonical text."""
    T5TokenizerFast(
        tokenizer_object=_converted(spiece),
        pad_token="</s>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_ids=0,
    ).save_pretrained(folder)


def write_gemma(folder: Path) -> Siglip2Tokenizer:
    """Byte pairs with single bytes to fall back to, as Gemma's, which SigLIP 2 uses."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trained = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    trained.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(vocab_size=SIZE + 256, special_tokens=special, limit_alphabet=250)
    trained.train_from_iterator([text.lower() for text in _corpus()], trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    tokenizer = Siglip2Tokenizer(
        vocab=model["vocab"], merges=merges, add_eos_token=True, add_bos_token=False, padding_side="right",
        model_max_length=64,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    return tokenizer


def write_xlm_roberta(folder: Path) -> None:
    """A unigram model as XLM-RoBERTa's."""
    trained = Tokenizer(models.Unigram())
    trained.normalizer = normalizers.NFKC()
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(
        _corpus(), trainers.UnigramTrainer(vocab_size=SIZE, special_tokens=special, unk_token="<unk>")
    )
    pieces = [tuple(pair) for pair in json.loads(trained.to_str())["model"]["vocab"]]
    XLMRobertaTokenizer(vocab=[*pieces, ("<mask>", 0.0)]).save_pretrained(folder)


def write_nllb(folder: Path) -> None:
    """Byte pairs with the codes of 202 languages, as NLLB's."""
    trained = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(
        _corpus(), trainers.BpeTrainer(vocab_size=SIZE, special_tokens=special, limit_alphabet=400)
    )
    model = json.loads(trained.to_str())["model"]
    NllbTokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]]).save_pretrained(
        folder
    )


def _converted(spiece: Path) -> Tokenizer:
    """The ``tokenizer.json`` of a SentencePiece model whose last token is ``</s>``."""
    slow = SiglipTokenizer(str(spiece))
    slow._extra_ids = 0
    converter = T5Converter(slow)
    converter.vocab = lambda proto: [(piece.piece, piece.score) for piece in proto.pieces]
    return converter.converted()


def _train_sentencepiece(prefix: Path, **ids: int) -> None:
    corpus = prefix.with_suffix(".txt")
    corpus.write_text("\n".join(_corpus()), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(prefix), vocab_size=SIZE, model_type="unigram", character_coverage=1.0,
        minloglevel=2, num_threads=1, pad_piece="<pad>", hard_vocab_limit=False, **ids,
    )  # fmt: skip


def _corpus() -> list[str]:
    return [" ".join(text.split()) for text in plain_texts(3000)]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
