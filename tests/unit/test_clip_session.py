"""A session runs by what was asked for, or says why not: never by something else in silence."""

import contextlib
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from appliance.clip import providers, session
from appliance.clip.bound import Bound
from appliance.clip.providers import CPU, CUDA, OPENVINO, Hardware
from appliance.clip.session import OutOfMemory, Session
from appliance.errors import ModelUnavailable, SettingsError
from tests.support.tiny_models import make


class Build:
    """ONNX Runtime as one of its builds is on a machine where its hardware does not come up."""

    def __init__(self, *names: str, failure: Exception | None = None) -> None:
        self.names = names
        self.failure = failure
        self.cuda_version = "13.0"
        self.said: list[str] = []
        self.options: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(onnxruntime, name)

    def get_available_providers(self) -> list[str]:
        return [*self.names, CPU]

    def preload_dlls(self) -> None:
        self.said.append("preload")
        print("Failed to load libcublas.so.13: no such file")  # noqa: T201 - as it does

    def InferenceSession(self, path: str, options: Any, *, providers: list[Any], enable_fallback: int) -> Any:  # noqa: N802 - their name
        assert enable_fallback == 0
        name, self.options = providers[0]
        self.said.append(f"session on {name}")
        if self.failure and name != CPU:
            raise self.failure
        return onnxruntime.InferenceSession(path, options, providers=[CPU])


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Build], Path]:
    """Puts a build in the place of the real one; gives a graph to load."""

    def put(build: Build) -> Path:
        monkeypatch.setattr(session, "_onnxruntime", lambda: build)
        return make(tmp_path / "tiny") / "textual/model.onnx"

    return put


@pytest.fixture(autouse=True)
def driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file in which the machine says which driver it has; absent at first."""
    file = tmp_path / "driver"
    monkeypatch.setattr(providers, "_DRIVER_FILES", (file,))
    monkeypatch.setattr(session, "_DRIVER", "libnodriver.so.1")
    return file


def test_cudas_libraries_are_loaded_first_and_a_run_by_the_cpu_is_told(
    install: Callable[[Build], Path], caplog: pytest.LogCaptureFixture
) -> None:
    build = Build(CUDA)
    graph = install(build)
    with caplog.at_level(logging.WARNING), contextlib.redirect_stdout(io.StringIO()) as out:
        opened = Session(graph, threads=1)
    assert build.said == ["preload", f"session on {CUDA}"]
    assert opened.provider == CPU
    assert "CUDA can't be used" in caplog.text
    assert "libcublas.so.13" in caplog.text
    assert "libnodriver.so.1: cannot open shared object file" in caplog.text
    assert "nvidia-smi" in caplog.text
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    "failure", [None, RuntimeError("CUDA failure 100: no CUDA-capable device is detected")]
)
def test_a_provider_that_is_a_must_and_does_not_come_up_is_an_error(
    install: Callable[[Build], Path], failure: Exception | None
) -> None:
    graph = install(Build(CUDA, failure=failure))
    with pytest.raises(ModelUnavailable, match=r"CUDA does not come up .*libcublas.so.13.*nvidia-smi"):
        Session(graph, threads=1, hardware=Hardware("cuda"))
    assert Session(graph, threads=1).provider == CPU


def test_openvino_that_is_a_must_and_does_not_come_up_is_an_error(install: Callable[[Build], Path]) -> None:
    failure = RuntimeError("[OpenVINO] Exception from src/core.cpp:114:\nDevice CPU is not available\n\n")
    graph = install(Build(OPENVINO, failure=failure))
    with pytest.raises(ModelUnavailable, match=r"OpenVINO does not come up .*Device CPU is not available"):
        Session(graph, threads=1, hardware=Hardware("openvino"))


@pytest.mark.parametrize(("choice", "extra"), [("cuda", "gpu"), ("openvino", "openvino")])
def test_a_provider_that_the_build_lacks_is_refused_with_the_build_to_install(
    install: Callable[[Build], Path], choice: Any, extra: str
) -> None:
    build = Build()
    graph = install(build)
    with pytest.raises(SettingsError, match=rf"CLIP_PROVIDER is {choice}, but .*scene-sense\[{extra}\]"):
        Session(graph, threads=1, hardware=Hardware(choice))
    assert build.said == []


def test_the_cpu_is_taken_where_it_is_chosen_though_there_is_more(install: Callable[[Build], Path]) -> None:
    build = Build(CUDA, OPENVINO)
    Session(install(build), threads=1, hardware=Hardware("cpu"))
    assert build.said == [f"session on {CPU}"]


@pytest.mark.parametrize("choice", ["auto", "cuda"])
def test_a_driver_too_old_for_the_builds_cuda_is_refused_with_what_fits_it(
    install: Callable[[Build], Path], driver: Path, choice: Any
) -> None:
    build = Build(CUDA)
    graph = install(build)
    driver.write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n"
    )
    with pytest.raises(
        SettingsError, match=r"driver is 535.183.01, too old .*13.0 needs 580.65.06; .*gpu-cuda12"
    ):
        Session(graph, threads=1, hardware=Hardware(choice))
    assert build.said == []
    build.cuda_version = "12.8"
    Session(graph, threads=1)
    driver.write_text("470.256.02\n")
    with pytest.raises(
        SettingsError, match=r"needs 525.60.13; install a newer driver, or set CLIP_PROVIDER=cpu"
    ):
        Session(graph, threads=1, hardware=Hardware(choice))
    driver.write_text("580.65.06\n")
    build.cuda_version = "13.0"
    Session(graph, threads=1)


def test_memory_of_the_gpu_is_limited_and_its_arithmetic_is_the_cpus(
    install: Callable[[Build], Path],
) -> None:
    build = Build(CUDA)
    graph = install(build)
    Session(graph, threads=1, hardware=Hardware(gpu_memory_bytes=2_000_000_000))
    assert build.options["gpu_mem_limit"] == "2000000000"
    assert (build.options["use_tf32"], build.options["arena_extend_strategy"]) == ("0", "kSameAsRequested")
    Session(graph, threads=1)
    assert "gpu_mem_limit" not in build.options


def test_openvino_is_told_its_precision_and_threads(
    install: Callable[[Build], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build = Build(OPENVINO)
    graph = install(build)
    Session(graph, threads=3)
    assert build.options["load_config"] == (
        '{"CPU": {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": "3"}}'
    )
    monkeypatch.setattr(providers, "_CPU_FILE", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("flags\t\t: fpu amx_tile amx_bf16\n")
    # It does not come up here; whoever asks for bf16 must not get float32 for it.
    with pytest.raises(ModelUnavailable, match=r"OpenVINO can't compute .* in bf16"):
        Session(graph, threads=3, precision="bf16")
    assert '"bf16"' in build.options["load_config"]
    (tmp_path / "cpuinfo").write_text("flags\t\t: fpu avx2\n")
    with pytest.raises(ModelUnavailable, match="this processor does not do"):
        Session(graph, threads=1, precision="bf16")


def test_a_model_in_bf16_is_refused_where_only_the_cpu_build_is(install: Callable[[Build], Path]) -> None:
    graph = install(Build())
    with pytest.raises(
        ModelUnavailable, match=r"bf16, which only OpenVINO does here; .*scene-sense\[openvino\]"
    ):
        Session(graph, threads=1, precision="bf16")


def test_a_build_without_cuda_loads_nothing_and_says_nothing(
    install: Callable[[Build], Path], caplog: pytest.LogCaptureFixture
) -> None:
    build = Build()
    opened = Session(install(build), threads=1)
    assert build.said == [f"session on {CPU}"]
    assert (opened.provider, opened.share) == (CPU, 1.0)
    assert caplog.text == ""


@pytest.mark.parametrize(
    "said",
    [
        "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node. Name:'c'"
        " Status Message: /src/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed"
        " to allocate memory for requested buffer of size 939524096",
        "[ONNXRuntimeError] : 1 : FAIL : CUDA failure 2: out of memory ; GPU=0 ; hostname=x",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
        "std::bad_alloc",
    ],
)
def test_memory_that_does_not_suffice_is_told_from_other_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    opened = Session(make(tmp_path / "tiny") / "textual/model.onnx", threads=1)
    errors = onnxruntime.capi.onnxruntime_pybind11_state

    class Failing:
        def __init__(self, text: str) -> None:
            self.text = text

        def run(self, *_: object) -> None:
            raise errors.RuntimeException(self.text)

    feeds = {"text": np.zeros((1, 2), np.int64)}
    monkeypatch.setattr(opened, "_session", Failing(said))
    with pytest.raises(OutOfMemory):
        opened.run("embedding", feeds)
    monkeypatch.setattr(opened, "_session", Failing("CUDA failure 719: unspecified launch failure"))
    with pytest.raises(ModelUnavailable, match="launch failure") as caught:
        opened.run("embedding", feeds)
    assert not isinstance(caught.value, OutOfMemory)


def test_inputs_stay_in_one_place_and_each_run_has_its_own_result(tmp_path: Path) -> None:
    loaded = onnxruntime.InferenceSession(make(tmp_path / "tiny") / "visual/model.onnx", providers=[CPU])
    bound = Bound(onnxruntime, loaded, "cpu")
    random = np.random.default_rng(2)
    kept = []
    for count in (3, 3, 2, 3):
        batch = random.random((count, 3, 16, 16), dtype=np.float32)
        kept.append(
            (bound.run("embedding", {"image": batch}), loaded.run(["embedding"], {"image": batch})[0])
        )
    for given, expected in kept:
        np.testing.assert_array_equal(given, expected)
    with pytest.raises(RuntimeError, match="invalid dimensions"):
        bound.run("embedding", {"image": np.zeros((1, 3, 8, 8), np.float32)})
    batch = np.ones((2, 3, 16, 16), np.float32)
    np.testing.assert_array_equal(
        bound.run("embedding", {"image": batch}), loaded.run(["embedding"], {"image": batch})[0]
    )
