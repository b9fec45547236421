"""Models of the true architectures with random weights, small or of the real size, and their graphs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import open_clip
import torch
from onnx import numpy_helper
from open_clip.model import CLIP, CustomTextCLIP
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel, XLMRobertaConfig

from scripts.parity.tables import TABLE, token_table

_OPSET = 17


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the models are."""

    width: int
    layers: int
    heads: int
    side: int
    patch: int
    dimension: int


SMALL = Scale(width=16, layers=2, heads=2, side=64, patch=8, dimension=24)
#: ViT-B/32's.
FULL = Scale(width=768, layers=12, heads=12, side=224, patch=32, dimension=512)


class Visual(nn.Module):
    """The image encoder of a model, pictures [n, 3, side, side] to vectors [n, D]."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> Tensor:
        """See the class."""
        if hasattr(self.model, "encode_image"):
            return self.model.encode_image(pixel_values, normalize=True)
        return self.model.get_image_features(pixel_values=pixel_values).pooler_output


class Textual(nn.Module):
    """The text encoder of a model, ids [n, length] to vectors [n, D]."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        """See the class."""
        if hasattr(self.model, "encode_text"):
            return self.model.encode_text(input_ids, normalize=True)
        return self.model.get_text_features(input_ids=input_ids).pooler_output


class Joint(nn.Module):
    """Both towers of a transformers model in one graph, with what Optimum's exports give."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, pixel_values: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        said = self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return said.logits_per_image, said.logits_per_text, said.text_embeds, said.image_embeds


def open_clip_model(scale: Scale) -> CLIP:
    """A CLIP as open_clip builds it."""
    vision = {"image_size": scale.side, "layers": scale.layers, "width": scale.width, "patch_size": scale.patch,
              "head_width": scale.width // scale.heads}  # fmt: skip
    text = {"context_length": 77, "vocab_size": 49408, "width": scale.width, "heads": scale.heads,
            "layers": scale.layers}  # fmt: skip
    model = CLIP(embed_dim=scale.dimension, vision_cfg=vision, text_cfg=text)
    _shake(model)
    with torch.no_grad():
        model.token_embedding.weight.copy_(torch.tensor(token_table(scale.width)))
    return model.eval()


def open_clip_multilingual(scale: Scale, tokens: int, folder: Path) -> CustomTextCLIP:
    """A CLIP with XLM-RoBERTa's text encoder, as open_clip builds it; its configuration is left in ``folder``."""
    XLMRobertaConfig(
        vocab_size=tokens, hidden_size=scale.width, num_hidden_layers=scale.layers, num_attention_heads=scale.heads,
        intermediate_size=4 * scale.width, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1,
        attn_implementation="eager",
    ).save_pretrained(folder)  # fmt: skip
    vision = {"image_size": scale.side, "layers": scale.layers, "width": scale.width, "patch_size": scale.patch,
              "head_width": scale.width // scale.heads}  # fmt: skip
    text = {"hf_model_name": str(folder), "hf_tokenizer_name": str(folder), "hf_model_pretrained": False,
            "hf_pooler_type": "mean_pooler"}  # fmt: skip
    model = CustomTextCLIP(embed_dim=scale.dimension, vision_cfg=vision, text_cfg=text)
    _shake(model)
    return model.eval()


def transformers_clip(scale: Scale) -> CLIPModel:
    """A CLIP as transformers builds it."""
    common = _towers(scale)
    text = {**common, "vocab_size": 49408, "max_position_embeddings": 77, "eos_token_id": 49407,
            "bos_token_id": 49406, "pad_token_id": 49407}  # fmt: skip
    vision = {**common, "image_size": scale.side, "patch_size": scale.patch}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=scale.dimension)
    config._attn_implementation = "eager"
    model = CLIPModel(config)
    _shake(model)
    with torch.no_grad():
        model.text_model.embeddings.token_embedding.weight.copy_(torch.tensor(token_table(scale.width)))
    return model.eval()


def transformers_siglip(scale: Scale, tokens: int) -> SiglipModel:
    """A SigLIP as transformers builds it; those of SigLIP 2 with a fixed size are the same."""
    common = _towers(scale)
    text = {**common, "vocab_size": tokens, "max_position_embeddings": 64, "projection_size": scale.width}
    vision = {**common, "image_size": scale.side, "patch_size": scale.patch}
    config = SiglipConfig(text_config=text, vision_config=vision)
    config._attn_implementation = "eager"
    model = SiglipModel(config)
    _shake(model)
    return model.eval()


def export(module: nn.Module, inputs: dict[str, Tensor], path: Path, outputs: dict[str, Any]) -> None:
    """The graph of ``module``; CLIP's table of tokens is kept beside it, and left out where it can be made again."""
    batch = {name: {0: "batch"} for name in (*inputs, *outputs)}
    for name, axes in outputs.items():
        batch[name] |= axes
    if "attention_mask" in inputs:
        batch["input_ids"][1] = batch["attention_mask"][1] = "sequence"
        batch["input_ids"][0] = batch["attention_mask"][0] = "texts"
    path.parent.mkdir(parents=True, exist_ok=True)
    module.eval()  # or the exporter leaves the model training
    torch.onnx.export(
        module,
        tuple(inputs.values()),
        str(path),
        opset_version=_OPSET,
        dynamo=False,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes=batch,
    )
    _slim(path)


def _slim(path: Path) -> None:
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.dims and tensor.dims[0] == 49408:
            width = tensor.dims[1]
            np.testing.assert_array_equal(numpy_helper.to_array(tensor), token_table(width))
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            del tensor.external_data[:]
            for key, value in (
                ("location", TABLE),
                ("offset", "0"),
                ("length", str(49408 * width * 4)),
            ):
                entry = tensor.external_data.add()
                entry.key, entry.value = key, value
    for node in model.graph.node:
        node.ClearField("doc_string")
    path.write_bytes(model.SerializeToString())


def _towers(scale: Scale) -> dict[str, Any]:
    return {
        "hidden_size": scale.width,
        "intermediate_size": 4 * scale.width,
        "num_hidden_layers": scale.layers,
        "num_attention_heads": scale.heads,
    }


def _shake(model: nn.Module) -> None:
    """Weights that are large enough for an input to matter; freshly made ones leave all vectors alike."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                fan = parameter[0].numel()
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * (1.5 / fan**0.5))
            elif parameter.dim() == 1:
                parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.1)


def transform_of(config: dict[str, Any]) -> Any:
    """open_clip's own transform for a preprocessing configuration."""
    return open_clip.transform.image_transform_v2(open_clip.transform.PreprocessCfg(**config), is_train=False)


def write_json(path: Path, content: object) -> None:
    """``content`` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
