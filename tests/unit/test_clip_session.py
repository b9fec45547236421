"""A session on a machine with NVIDIA's build: libraries are loaded first, and a fall back to the CPU is said."""

import contextlib
import io
import logging
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from appliance.clip import session
from appliance.clip.session import CUDA, Session
from tests.support.tiny_models import make


class GpuBuild:
    """ONNX Runtime as its build for NVIDIA is on a machine where CUDA does not come up."""

    def __init__(self, providers: list[str]) -> None:
        self.providers = providers
        self.said: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(onnxruntime, name)

    def get_available_providers(self) -> list[str]:
        return self.providers

    def preload_dlls(self) -> None:
        self.said.append("preload")
        print("Failed to load libcublas.so.13: no such file")  # noqa: T201 - as it does

    def InferenceSession(self, path: str, options: Any, *, providers: list[str]) -> Any:  # noqa: N802 - their name
        self.said.append(f"session on {providers[0]}")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def test_cudas_libraries_are_loaded_before_the_session_and_a_fall_back_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build = GpuBuild([CUDA, "CPUExecutionProvider"])
    monkeypatch.setattr(session, "_onnxruntime", lambda: build)
    root = make(tmp_path / "tiny")
    with caplog.at_level(logging.WARNING), contextlib.redirect_stdout(io.StringIO()) as out:
        opened = Session(root / "textual/model.onnx", threads=1)
    assert build.said == ["preload", f"session on {CUDA}"]
    assert opened.provider == "CPUExecutionProvider"
    assert "libcublas.so.13" in caplog.text
    assert "CUDA can't be used" in caplog.text
    assert out.getvalue() == ""


def test_a_build_without_cuda_loads_nothing_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build = GpuBuild(["CPUExecutionProvider"])
    monkeypatch.setattr(session, "_onnxruntime", lambda: build)
    Session(make(tmp_path / "tiny") / "textual/model.onnx", threads=1)
    assert build.said == ["session on CPUExecutionProvider"]
    assert caplog.text == ""
