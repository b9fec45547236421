"""One hash over everything in a model folder that shapes a vector.

The hash is taken over a manifest: one line per file, sorted by its path in the folder, with the sha256 of its
content. Weights, external weight data, tokenizer, preprocessing and configuration all count, so that vectors of
two ways of preparing a picture are never compared. What can't change a vector is left out, so that a corrected
notice, or the hidden files of a download tool, do not make a library embed everything anew; but a file that a graph
keeps its weights in counts under any name.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from appliance.clip.outline import external_files

#: Documents, and copies of the weights for accelerators that this program does not drive.
_LEFT_OUT_SUFFIXES = frozenset({".md", ".armnn", ".rknn", ".pdf", ".png", ".jpg"})
_LEFT_OUT_NAMES = frozenset({"license", "licence", "notice"})

#: Where a model came from, when, and what its files were; written beside them when it is added.
PROVENANCE = "scene-sense-source.json"


def file_digests(root: Path) -> dict[str, str]:
    """The sha256, in hex, of each file that counts, by its path below ``root`` with forward slashes.

    Raises:
        OSError: a file can't be read.
    """
    paths = {path.relative_to(root).as_posix(): path for path in files_that_count(root)}
    return {name: _sha256(paths[name]) for name in sorted(paths)}


def files_that_count(root: Path) -> set[Path]:
    """The files below ``root`` that shape a vector: by their names, or since a graph keeps its weights there.

    Raises:
        OSError: a graph can't be read.
    """
    files = {path for path in root.rglob("*") if path.is_file()}
    counting = {path for path in files if _counts(PurePosixPath(path.relative_to(root).as_posix()))}
    for graph in [path for path in counting if path.suffix.lower() == ".onnx"]:
        counting |= {path for path in external_files(graph) if path.is_file()}
    return counting


def identity(root: Path) -> str:
    """64 hex digits that are equal for two folders only if both give the same vectors.

    Raises:
        OSError: a file can't be read.
    """
    return identity_of(file_digests(root))


def identity_of(digests: Mapping[str, str]) -> str:
    """The identity of a folder whose files have these digests, as ``file_digests`` gives them."""
    manifest = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    return hashlib.sha256(manifest.encode()).hexdigest()


def _counts(name: PurePosixPath) -> bool:
    """Whether a file of this name, below the model's folder, is part of the identity."""
    hidden = any(part.startswith(".") for part in name.parts)
    document = name.suffix.lower() in _LEFT_OUT_SUFFIXES or name.stem.lower() in _LEFT_OUT_NAMES
    return not hidden and not document and str(name) != PROVENANCE


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
