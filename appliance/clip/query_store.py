"""Keeps the vectors of texts across restarts: a file for each model, which may be lost at any time.

The texts themselves are not in it, only their hashes, and nobody but the program's user may read it. All functions
block.
"""

import hashlib
import logging
import os
import tempfile
from pathlib import Path

import numpy as np

from appliance.clip.query_cache import QueryCache

log = logging.getLogger(__name__)


def path_of(cache_path: Path, identity: str) -> Path:
    """Where the vectors of a model's texts are kept."""
    return cache_path / "queries" / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.npz"


def read_queries(cache: QueryCache, path: Path, *, dimension: int) -> int:
    """How many vectors a former process left for ``cache``; a file that can't be used counts as none."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            digests, vectors = content["digests"], content["vectors"]
    except FileNotFoundError:
        return 0
    except Exception as error:  # whatever a damaged file makes the reader raise
        log.warning("%s can't be used: %s", path, error)
        return 0
    fits = digests.dtype == np.uint8 and digests.shape == (len(vectors), 32)
    if not fits or vectors.dtype != np.float32 or vectors.shape[1:] != (dimension,):
        return 0
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        return 0
    cache.load((bytes(digest), vector.copy()) for digest, vector in zip(digests, vectors, strict=True))
    return len(vectors)


def write_queries(cache: QueryCache, path: Path) -> None:
    """Keep what is in ``cache``, whole or not at all; a disk that refuses is a warning."""
    items = cache.dump()
    if not items:
        return
    digests = np.frombuffer(b"".join(digest for digest, _ in items), np.uint8).reshape(-1, 32)
    vectors = np.stack([vector for _, vector in items])
    part = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        with os.fdopen(fd, "wb") as file:
            np.savez(file, digests=digests, vectors=vectors)
        Path(part).replace(path)
    except OSError as error:
        Path(part).unlink(missing_ok=True) if part else None
        log.warning("the vectors of texts can't be kept: %s", error)
