"""Makes the parity models and what their references give."""

import argparse
import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.tokenizer import HFTokenizer
from PIL import Image
from transformers import AutoTokenizer
from transformers.models.clip.image_processing_clip import CLIPImageProcessor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from scripts.parity import dialects, golden, models, vocabularies
from scripts.parity.golden import digests, open_photos, pixels, unit

PHOTO_FOLDER = Path(__file__).parents[2] / "tests/data/photos/images"
HALF = [0.5, 0.5, 0.5]


def main() -> None:
    """Read the arguments and make everything anew."""
    parser = argparse.ArgumentParser(prog="python -m scripts.parity", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to make; an existing one is replaced")
    parser.add_argument("--full", action="store_true", help="models of ViT-B/32's size")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.backends.mha.set_fastpath_enabled(False)  # its one operator has no counterpart in ONNX
    out, scale = options.out, models.FULL if options.full else models.SMALL
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    inputs = {"photos": golden.PHOTOS, "texts": golden.TEXTS, "dialect_photos": dialects.PHOTOS}
    models.write_json(out / "inputs.json", inputs)
    with torch.no_grad():
        dialects.write_dialects(out / "dialects", PHOTO_FOLDER)
        make_open_clip(out / "open-clip", scale)
        make_transformers(out / "transformers", scale)
        make_siglip(out / "siglip", scale)
        make_siglip2(out / "siglip2", scale)
        make_multilingual(out / "xlm-roberta", scale)
        make_nllb(out / "nllb")


def make_open_clip(out: Path, scale: models.Scale) -> None:
    """A CLIP of open_clip's."""
    model = models.open_clip_model(scale)
    config = {"size": scale.side, "mode": "RGB", "mean": list(open_clip.OPENAI_DATASET_MEAN),
              "std": list(open_clip.OPENAI_DATASET_STD), "interpolation": "bicubic", "resize_mode": "shortest",
              "fill_color": 0}  # fmt: skip
    _export_open_clip(out, model, scale)
    models.write_json(out / "preprocess_cfg.json", config)
    models.write_json(out / "config.json", {"embed_dim": scale.dimension, "text_cfg": {"context_length": 77}})
    tokenizer = open_clip.SimpleTokenizer()
    _write_golden(
        out,
        process=models.transform_of(config),
        mean=config["mean"],
        std=config["std"],
        encode_images=model.encode_image,
        encode_texts=lambda texts: model.encode_text(tokenizer(texts)),
        tokens=tokenizer,
    )


def make_transformers(out: Path, scale: models.Scale) -> None:
    """A CLIP of transformers'; its vocabulary is left to whoever loads it, since it is large."""
    model = models.transformers_clip(scale)
    tokenizer = vocabularies.write_clip(out)
    for name in ("vocab.json", "merges.txt"):
        (out / name).unlink()
    models.write_json(out / "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77,
                                                      "pad_token": "<|endoftext|>"})  # fmt: skip
    model.config.save_pretrained(out)
    processor = CLIPImageProcessorPil(size={"shortest_edge": scale.side + 8}, crop_size=scale.side)
    _save_processor(processor, out)
    ids = torch.tensor([[49406, 320, 1125, 49407]])
    picture = torch.zeros(2, 3, scale.side, scale.side)
    models.export(models.Visual(model), {"pixel_values": picture}, out / "vision_model.onnx",
                  {"image_embeds": {}})  # fmt: skip
    both = {"input_ids": ids, "pixel_values": picture, "attention_mask": torch.ones_like(ids)}
    shapes: dict[str, dict[int, str]] = {
        "logits_per_image": {1: "texts"},
        "logits_per_text": {0: "texts", 1: "batch"},
        "text_embeds": {0: "texts"},
        "image_embeds": {},
    }
    models.export(models.Joint(model), both, out / "model.onnx", shapes)
    models.export(_Masked(model), {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
                  out / "text_model.onnx", {"text_embeds": {}})  # fmt: skip

    def tokens(texts: list[str], **options: Any) -> Any:
        return tokenizer(texts, return_tensors="pt", truncation=True, **options)

    _write_golden(
        out,
        process=_process(processor),
        mean=processor.image_mean,
        std=processor.image_std,
        encode_images=lambda batch: model.get_image_features(pixel_values=batch).pooler_output,
        # One by one, as a query comes: nothing is filled up.
        encode_texts=lambda texts: torch.cat(
            [model.get_text_features(**tokens([text])).pooler_output for text in texts]
        ),
        tokens=lambda texts: tokens(texts, padding="max_length", max_length=77).input_ids,
        fast=_process(CLIPImageProcessor(size=processor.size, crop_size=processor.crop_size)),
    )


def make_siglip(out: Path, scale: models.Scale) -> None:
    """A SigLIP of transformers'."""
    out.mkdir(parents=True)
    tokenizer = vocabularies.write_siglip(out)
    model = models.transformers_siglip(scale, len(tokenizer))
    processor = SiglipImageProcessorPil(size={"height": scale.side, "width": scale.side})
    left_out = vocabularies.read_otherwise(out, tokenizer)
    models.write_json(out / "left-out.json", left_out)
    _finish_siglip(out, model, processor, tokenizer, scale=scale, left_out=left_out)
    with tempfile.TemporaryDirectory() as t5:
        vocabularies.write_t5(Path(t5), out / "spiece.model")
        reference = HFTokenizer(t5, context_length=64, clean="canonicalize")
        models.write_json(out / "digests-open-clip.json", digests(reference))
    (out / "spiece.model").unlink()


def make_siglip2(out: Path, scale: models.Scale) -> None:
    """A SigLIP 2 of a fixed size, whose pictures are scaled bilinearly."""
    out.mkdir(parents=True)
    vocabularies.write_gemma(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    model = models.transformers_siglip(scale, len(tokenizer))
    processor = SiglipImageProcessorPil(size={"height": scale.side, "width": scale.side}, resample=2)
    _finish_siglip(out, model, processor, tokenizer, scale=scale)


def _finish_siglip(
    out: Path, model: Any, processor: Any, tokenizer: Any, *, scale: models.Scale, left_out: Sequence[int] = ()
) -> None:  # fmt: skip
    model.config.save_pretrained(out)
    _save_processor(processor, out)
    picture, ids = torch.zeros(2, 3, scale.side, scale.side), torch.ones(2, 64, dtype=torch.long)
    models.export(models.Visual(model), {"pixel_values": picture}, out / "vision_model.onnx",
                  {"pooler_output": {}})  # fmt: skip
    models.export(models.Textual(model), {"input_ids": ids}, out / "text_model.onnx",
                  {"pooler_output": {}})  # fmt: skip

    def tokens(texts: list[str]) -> Any:
        said = tokenizer(texts, return_tensors="pt", padding="max_length", truncation=True, max_length=64)
        return said.input_ids

    _write_golden(
        out,
        process=_process(processor),
        mean=HALF,
        std=HALF,
        encode_images=lambda batch: model.get_image_features(pixel_values=batch).pooler_output,
        encode_texts=lambda texts: model.get_text_features(input_ids=tokens(texts)).pooler_output,
        tokens=tokens,
        left_out=left_out,
    )


def make_multilingual(out: Path, scale: models.Scale) -> None:
    """A CLIP of open_clip's with XLM-RoBERTa's text encoder."""
    out.mkdir(parents=True)
    vocabularies.write_xlm_roberta(out)
    tokenizer = HFTokenizer(str(out), context_length=77)
    model = models.open_clip_multilingual(scale, len(tokenizer.tokenizer), out)
    config = {"size": scale.side, "mode": "RGB", "mean": list(open_clip.OPENAI_DATASET_MEAN),
              "std": list(open_clip.OPENAI_DATASET_STD), "interpolation": "bilinear", "resize_mode": "longest",
              "fill_color": 127}  # fmt: skip
    _export_open_clip(out, model, scale)
    models.write_json(out / "preprocess_cfg.json", config)
    text = {"hf_tokenizer_name": "xlm-roberta-base", "hf_model_name": "xlm-roberta-base"}
    models.write_json(out / "config.json", {"embed_dim": scale.dimension, "text_cfg": text})
    _write_golden(
        out,
        process=models.transform_of(config),
        mean=config["mean"],
        std=config["std"],
        encode_images=model.encode_image,
        encode_texts=lambda texts: model.encode_text(tokenizer(texts)),
        tokens=tokenizer,
    )


def make_nllb(out: Path) -> None:
    """NLLB's tokenizer in two languages."""
    out.mkdir(parents=True)
    vocabularies.write_nllb(out)
    found = {}
    for language in ("eng_Latn", "deu_Latn"):
        tokenizer = HFTokenizer(str(out), context_length=77)
        tokenizer.tokenizer.src_lang = language  # what set_language() sets is forgotten at once
        found[language] = digests(tokenizer)
    models.write_json(out / "digests.json", found)


def _export_open_clip(out: Path, model: Any, scale: models.Scale) -> None:
    picture = torch.zeros(1, 3, scale.side, scale.side)
    # Filled up with XLM-RoBERTa's padding: tracing leaves a mask out that masks nothing.
    ids = torch.ones(1, 77, dtype=torch.int32)
    ids[0, :4] = torch.tensor([0, 5, 6, 2])
    models.export(models.Visual(model), {"image": picture}, out / "visual.onnx", {"embedding": {}})
    models.export(models.Textual(model), {"text": ids}, out / "textual.onnx", {"embedding": {}})


class _Masked(torch.nn.Module):
    """The text encoder of a transformers model, with a mask."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model.get_text_features(input_ids=input_ids, attention_mask=attention_mask).pooler_output


def _process(processor: Any) -> Any:
    def process(photo: Image.Image) -> torch.Tensor:
        return torch.as_tensor(np.asarray(processor(photo, return_tensors="pt").pixel_values[0]))

    return process


def _save_processor(processor: Any, out: Path) -> None:
    content = {key: value for key, value in processor.to_dict().items() if value is not None}
    models.write_json(out / "preprocessor_config.json", json.loads(json.dumps(content, default=str)))


def _write_golden(
    out: Path,
    *,
    process: Any,
    mean: Any,
    std: Any,
    encode_images: Any,
    encode_texts: Any,
    tokens: Any,
    fast: Any = None,
    left_out: Sequence[int] = (),
) -> None:  # fmt: skip
    photos = open_photos(PHOTO_FOLDER)
    made = pixels(photos, process, mean, std)
    vectors = unit(encode_images(torch.stack([process(photo) for photo in photos])))
    texts = unit(encode_texts(list(golden.TEXTS)))
    np.savez_compressed(out / "golden.npz", pixels=made, images=vectors, texts=texts)
    models.write_json(out / "digests.json", digests(tokens, left_out))
    spread = vectors @ vectors.T
    print(f"{out.name}: cosines of photos {spread.min():.3f} to {np.sort(spread.ravel())[-7]:.3f}, "
          f"of texts {(texts @ texts.T).min():.3f}")  # fmt: skip
    if fast is not None:
        other = np.stack([fast(photo).numpy() for photo in photos])
        ours = np.stack([process(photo).numpy() for photo in photos])
        scale = 255 * np.reshape(std, (1, 3, 1, 1))
        print(
            f"  torchvision's tensors against Pillow: {(np.abs(other - ours) * scale).max():.2f} of 255 at most"
        )


if __name__ == "__main__":
    main()
