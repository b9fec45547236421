"""The tables that need a running instance can be printed; how fast anything is, is not looked at."""

from pathlib import Path

import pytest

from benchmarks import memory, pictures
from benchmarks.support.instance import photos
from tests.support.small_vit import small_vits

pytestmark = pytest.mark.acceptance


def test_a_worker_is_compared_with_the_bare_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models = small_vits(tmp_path / "models")
    (tmp_path / "photos").mkdir()
    for number, data in enumerate(photos(3, megapixels=0.2)):
        (tmp_path / "photos" / f"{number}.jpg").write_bytes(data)
    monkeypatch.setattr(pictures, "vit_models", lambda: models)
    arguments = ["--parts", "worker", "--classes", pictures.REAL, "--photos", str(tmp_path / "photos")]
    pictures.main([*arguments, "--rounds", "2"])
    assert "worker / bare" in capsys.readouterr().out


def test_memory_is_sampled_while_a_library_grows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "STEP", 2)
    memory.main(["--parts", "growth", "--models", "starter", "--pictures", "6"])
    assert "growth per 1,000" in capsys.readouterr().out
