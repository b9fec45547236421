"""Makes the starter model's folder, then says how it compares with the one in the package."""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from scripts.starter.classes import read_classes
from scripts.starter.folder import Textual, Visual, write_folder
from scripts.starter.minilm import MiniLM
from scripts.starter.vectors import class_vectors, mean_caption

SHIPPED = Path(__file__).parents[2] / "appliance/clip/starter"


def main() -> None:
    """Read the arguments, build, compare."""
    parser = argparse.ArgumentParser(prog="python -m scripts.starter", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to make; an existing one is replaced")
    parser.add_argument(
        "--wordnet",
        type=Path,
        default=Path("/usr/share/wordnet/data.noun"),
        help="WordNet 3.0's nouns (Debian: apt install wordnet-base)",
    )
    options = parser.parse_args()
    if options.out.resolve() == SHIPPED:
        parser.error("build elsewhere, compare, and then replace the package's folder by hand")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.manual_seed(0)
    encoder = MiniLM().eval()
    with torch.inference_mode():
        vectors = class_vectors(encoder, read_classes(options.wordnet))
        write_folder(options.out, Visual(vectors), Textual(encoder, mean_caption()), SHIPPED / "NOTICE.md")
    print(*compare(options.out, SHIPPED), sep="\n")


def compare(new: Path, old: Path) -> Iterator[str]:
    """One line per file: whether it is the same, and for a graph how far its constants differ."""
    for path in sorted(path for path in old.rglob("*") if path.is_file()):
        name = path.relative_to(old)
        if (new / name).read_bytes() == path.read_bytes():
            yield f"{name}: the same bytes"
        elif name.suffix == ".onnx":
            yield f"{name}: other bytes; {_difference(onnx.load(new / name), onnx.load(path))}"
        else:
            yield f"{name}: other bytes"


def _difference(new: onnx.ModelProto, old: onnx.ModelProto) -> str:
    nodes = [[node.op_type for node in model.graph.node] for model in (new, old)]
    if nodes[0] != nodes[1]:
        return "the graphs have other nodes"
    values = [[numpy_helper.to_array(item) for item in model.graph.initializer] for model in (new, old)]
    if [value.shape for value in values[0]] != [value.shape for value in values[1]]:
        return "the same nodes, with constants of other shapes"
    furthest = max(
        float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max(initial=0))
        for a, b in zip(*values, strict=True)
    )
    return f"the same nodes, constants differ by {furthest:.2g} at most"


if __name__ == "__main__":
    main()
