"""What only a real GPU can show; "not run" where there is none. Nothing here measures speed."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.clip.layouts import read_folder
from appliance.clip.local import GPU_SLICE, LocalEncoder
from appliance.clip.opening import model_root
from appliance.clip.providers import CPU, CUDA, Hardware, driver_problem, driver_version
from appliance.clip.session import OutOfMemory, Session, find_runtime
from appliance.errors import ModelUnavailable
from appliance.library.checks.model import hardware

pytestmark = [
    pytest.mark.skipif(driver_version() is None, reason="not run: no NVIDIA GPU here"),
    pytest.mark.skipif(not find_runtime().has_cuda, reason="not run: ONNX Runtime's build has no CUDA here"),
]

#: Of a model folder to try as well as the starter, for example one in half precision.
FURTHER = "GPU_TEST_MODEL"

SAME = 0.9999
HALF = 0.999


def load(root: Path, provider: str, **more: int) -> LocalEncoder:
    chosen = Hardware("cuda" if provider == CUDA else "cpu", **more)
    return LocalEncoder(
        root.name,
        read_folder(root),
        towers=frozenset({"image", "text"}),
        threads=0,
        text_cache_size=0,
        hardware=chosen,
    )


@pytest.fixture(params=["starter", "further"])
def root(request: pytest.FixtureRequest) -> Iterator[Path]:
    if request.param == "starter":
        yield model_root("starter", Path())
        return
    named = os.environ.get(FURTHER)
    if not named:
        pytest.skip(f"not run: {FURTHER} names no model folder")
    yield Path(named)


def pictures(encoder: LocalEncoder, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    shape = (count, encoder.pixels.height, encoder.pixels.width, 3)
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


def test_the_driver_fits_the_build() -> None:
    assert driver_problem(find_runtime().cuda_version, driver_version()) is None


async def test_vectors_are_those_of_the_cpu(root: Path) -> None:
    card, processor = load(root, CUDA), load(root, CPU)
    assert CUDA in card.providers
    assert card.share > 0.5
    assert hardware(card.providers).level == "ok"
    batch = pictures(card, GPU_SLICE + 3)
    least = HALF if card.precision == "fp16" else SAME
    one, other = await card.encode_images(batch), await processor.encode_images(batch)
    assert np.sum(one * other, axis=1).min() >= least
    np.testing.assert_array_equal(await card.encode_images(batch), one)
    for text in ("a dog on a beach", "ein rotes Fahrrad", "x" * 2000):
        assert float(await card.encode_text(text) @ await processor.encode_text(text)) >= HALF
    await card.close()
    await processor.close()


async def test_memory_that_does_not_suffice_makes_batches_smaller(root: Path) -> None:
    """The limit is raised from far too little on until one picture fits; then a full batch has to come through."""
    for megabytes in (48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048, 4096, 8192):
        try:
            card = load(root, CUDA, gpu_memory_bytes=megabytes << 20)
        except ModelUnavailable:
            continue
        break
    else:
        pytest.fail("it does not fit into 8 GB")
    batch = pictures(card, GPU_SLICE * 2)
    vectors = await card.encode_images(batch)
    assert vectors.shape == (len(batch), card.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    await card.close()


def test_too_little_memory_is_known_as_such(root: Path) -> None:
    visual = read_folder(root).visual
    try:
        session = Session(visual, threads=0, hardware=Hardware("cuda", 1 << 20))
    except ModelUnavailable as error:
        assert "memory" in error.message  # some builds refuse at loading, some at the run
        return
    port = session.inputs[0]
    shape = tuple(size or 64 for size in port.shape)
    with pytest.raises(OutOfMemory):
        session.run(session.outputs[0].name, {port.name: np.zeros(shape, port.dtype or np.float32)})
