"""Memory that does not suffice makes batches smaller, not pictures fail; files that change stop the encoder."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import yaml

from appliance.clip import local
from appliance.clip.batch import BatchSize
from appliance.clip.encoder import Pictures
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.providers import LEAST_DRIVER, computes_bf16, driver_problem
from appliance.clip.session import Session
from appliance.clip.watch import Watch
from appliance.errors import EncoderUnavailable, ModelUnavailable
from tests.support.tiny_models import SIDE, make, write

ERRORS = onnxruntime.capi.onnxruntime_pybind11_state


def load(root: Path) -> LocalEncoder:
    return LocalEncoder(
        "tiny", read_folder(root), towers=frozenset({"image", "text"}), threads=1, text_cache_size=4
    )


def pictures(count: int) -> Pictures:
    return np.random.default_rng(1).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)


class SmallMemory:
    """A session of ONNX Runtime on a device that holds only so many pictures; counts them per run."""

    def __init__(self, real: Any, room: int) -> None:
        self.real = real
        self.room = room
        self.runs: list[int] = []

    def run(self, outputs: list[str], feeds: dict[str, Any]) -> Any:
        count = len(next(iter(feeds.values())))
        self.runs.append(count)
        if count > self.room:
            raise ERRORS.RuntimeException(
                "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : bfc_arena.cc:376 Failed to allocate memory for"
                f" requested buffer of size {count << 20}"
            )
        return self.real.run(outputs, feeds)


@pytest.fixture
def squeeze(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[LocalEncoder, int], SmallMemory]]:
    """Leaves the picture tower of an encoder only so much room."""

    def put(encoder: LocalEncoder, room: int) -> SmallMemory:
        assert encoder._images is not None
        small = SmallMemory(encoder._images.session._session, room)
        monkeypatch.setattr(encoder._images.session, "_session", small)
        return small

    yield put


async def test_a_batch_that_is_too_large_is_halved_until_it_fits_and_every_vector_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, squeeze: Callable[[LocalEncoder, int], SmallMemory]
) -> None:
    monkeypatch.setattr(local, "SLICE", 32)
    encoder = load(make(tmp_path / "tiny"))
    expected = await encoder.encode_images(pictures(50))
    small = squeeze(encoder, 10)
    np.testing.assert_array_equal(await encoder.encode_images(pictures(50)), expected)
    assert small.runs == [32, 16, 8, 8, 8, 8, 8, 8, 2]
    small.runs.clear()
    await encoder.encode_images(pictures(16))
    assert small.runs == [8, 8]
    await encoder.close()


async def test_larger_batches_are_tried_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, squeeze: Callable[[LocalEncoder, int], SmallMemory]
) -> None:
    monkeypatch.setattr("appliance.clip.batch._CALM", 3)
    encoder = load(make(tmp_path / "tiny"))
    small = squeeze(encoder, 2)
    await encoder.encode_images(pictures(10))
    assert small.runs == [4, 2, 2, 2, 4, 2, 2]
    small.room, small.runs = 4, []
    await encoder.encode_images(pictures(14))
    assert small.runs == [2, 4, 4, 4]
    await encoder.close()


async def test_memory_that_does_not_hold_one_picture_is_an_error_and_recovers(
    tmp_path: Path, squeeze: Callable[[LocalEncoder, int], SmallMemory]
) -> None:
    encoder = load(make(tmp_path / "tiny"))
    small = squeeze(encoder, 0)
    with pytest.raises(EncoderUnavailable, match=r"even one picture .*CLIP_GPU_MEMORY_BYTES"):
        await encoder.encode_images(pictures(5))
    assert small.runs == [4, 2, 1]
    small.room = 1
    assert (await encoder.encode_images(pictures(3))).shape == (3, 4)
    assert len(await encoder.encode_text("a dog")) == 4
    await encoder.close()


def test_the_last_smaller_slice_says_nothing_of_the_room() -> None:
    batch = BatchSize(8)
    batch.failed(8, "full")
    for _ in range(1000):
        batch.fitted(3)
    assert batch.size == 4
    batch.failed(3, "full")
    assert batch.size == 1


async def test_weights_that_are_replaced_under_a_running_encoder_stop_it_until_they_are_back(
    tmp_path: Path,
) -> None:
    root = make(tmp_path / "tiny")
    kept = shutil.copytree(root, tmp_path / "kept")
    encoder = load(root)
    before = await encoder.encode_images(pictures(2))
    (root / "visual/model.onnx").write_bytes((root / "textual/model.onnx").read_bytes())
    with pytest.raises(EncoderUnavailable, match=r"visual/model.onnx.*put the former files back"):
        await encoder.encode_images(pictures(2))
    with pytest.raises(EncoderUnavailable, match="restart"):
        await encoder.encode_text("a dog")
    shutil.copy(kept / "visual/model.onnx", root / "visual/model.onnx")
    np.testing.assert_array_equal(await encoder.encode_images(pictures(2)), before)
    await encoder.close()


def test_files_that_are_touched_copied_anew_or_gone_stop_nothing(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    watch = Watch(root)
    os.utime(root / "visual/model.onnx", ns=(1, 1))
    watch.check_unchanged()
    copy = shutil.copy(root / "textual/model.onnx", tmp_path / "copy")
    Path(copy).rename(root / "textual/model.onnx")
    watch.check_unchanged()
    root.rename(tmp_path / "elsewhere")
    watch.check_unchanged()


async def test_another_model_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    encoder = load(root)
    root.rename(tmp_path / "former")
    make(root)
    await encoder.encode_text("a dog")  # the same content
    write(root / "config.json", {"text_cfg": {"context_length": 7}})
    with pytest.raises(EncoderUnavailable, match=r"config.json"):
        await encoder.encode_text("a red dog")
    await encoder.close()


async def test_a_file_that_changes_while_the_model_is_loaded_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path / "tiny")
    folder = read_folder(root)

    def slow(*args: Any, **more: Any) -> Any:
        opened = Session(*args, **more)
        write(root / "config.json", {"embed_dim": 4})
        return opened

    monkeypatch.setattr("appliance.clip.local.Session", slow)
    with pytest.raises(EncoderUnavailable, match="changed"):
        LocalEncoder("tiny", folder, towers=frozenset({"text"}), threads=1, text_cache_size=1)


async def test_precision_is_the_folders_word_and_part_of_its_identity(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    plain = load(root)
    write(root / "scene-sense.json", {"precision": "int8", "agreement": {"pictures": 3}})
    marked = load(root)
    assert (plain.precision, plain.has_agreement) == ("fp32", False)
    assert (marked.precision, marked.has_agreement) == ("int8", True)
    assert plain.identity != marked.identity
    write(root / "scene-sense.json", {"precision": "fp8"})
    with pytest.raises(ModelUnavailable, match="precision is 'fp8'"):
        read_folder(root)


def test_the_table_of_drivers_is_the_playbooks() -> None:
    variables = yaml.safe_load(Path("ansible/roles/common/vars/main.yml").read_text(encoding="utf-8"))
    assert variables["common_least_driver"] == {f"cuda{cuda}": least for cuda, least in LEAST_DRIVER.items()}


def test_what_is_not_known_of_a_driver_is_no_problem() -> None:
    assert driver_problem("", "470.256.02") is None
    assert driver_problem("13.0", None) is None
    assert driver_problem("99.0", "470.256.02") is None


def test_a_machine_without_proc_computes_no_bf16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.clip.providers._CPU_FILE", tmp_path / "none")
    assert not computes_bf16()
