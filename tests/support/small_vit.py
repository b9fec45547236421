"""Models that are built as the benchmarks' large ones are, with one narrow layer."""

from pathlib import Path

from benchmarks.support.vit import FP32, Size, make_fp32, make_int8


def small_vits(root: Path) -> Path:
    """A MODELS_PATH with both precisions in it."""
    make_fp32(root / FP32, Size(layers=1, image_width=64, text_width=64, head=32))
    make_int8(root, pictures=6)
    return root
