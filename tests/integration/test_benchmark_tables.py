"""The tables that need no running instance can be printed; how fast anything is, is not looked at."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import pictures, text
from benchmarks.support.apart import Apart, Way
from benchmarks.support.bare import Naive, NaiveFull
from benchmarks.support.instance import photos
from benchmarks.support.ours import Ours
from benchmarks.support.peers import ImmichPath, RclipPath
from benchmarks.support.stages import FULL, INFORMATION, VECTOR, Stages
from benchmarks.support.vit import FP32
from tests.support.small_vit import small_vits


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_vits(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("photos")
    for number, data in enumerate(photos(2, megapixels=2)):
        (folder / f"{number}.jpg").write_bytes(data)
    return sorted(str(path) for path in folder.iterdir())


def test_every_way_gives_the_vectors_of_the_naive_one(models: Path, files: list[str]) -> None:
    model = models / FP32
    ways: dict[str, Way] = {
        "naive, everything": NaiveFull(model, "WEBP", (256,)),
        "rclip": RclipPath(model),
        "ours": Ours(model),
        "ours, everything": Ours(model, renditions=True, hashed=True),
    }
    expected = Naive(model).run(files)
    for name, way in ways.items():
        try:
            vectors = way.run(files)
        finally:
            way.close()
        assert vectors is not None
        assert np.einsum("nd,nd->n", vectors, expected) == pytest.approx(1, abs=2e-3), name


def test_immichs_path_gives_the_vectors_of_the_naive_one(models: Path, files: list[str]) -> None:
    pytest.importorskip("fastapi", reason="the extra `bench` is not installed")
    expected = Naive(models / FP32).run(files)
    with Apart(partial(ImmichPath, models / FP32)) as way:
        vectors = way.run(files)[1]
        assert vectors is not None
        # It rounds the crop's place down, by a pixel at most.
        assert np.einsum("nd,nd->n", vectors, expected) == pytest.approx(1, abs=2e-3)
        assert way.measure(files)[0].cpu_seconds > 0


def test_a_way_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="nowhere"):
        Apart(partial(Naive, Path("/nowhere")))


def test_every_stage_has_a_cost(models: Path, files: list[str]) -> None:
    stages = Stages(models / FP32, files)
    try:
        for name in {*FULL, *VECTOR, *INFORMATION}:
            costs = stages.run([name])
            assert costs.shape == (2, 1), name
            assert np.isfinite(costs).all(), name
            assert (costs >= 0).all(), name
    finally:
        stages.close()


def test_the_tables_of_pictures_are_printed(
    models: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fastapi", reason="the extra `bench` is not installed")
    monkeypatch.setattr(pictures, "vit_models", lambda: models)
    folder = str(Path(files[0]).parent)
    pictures.main(
        ["--parts", "stages", "paths", "--classes", pictures.REAL, "--photos", folder, "--rounds", "1"]
    )
    said = capsys.readouterr().out
    for name in (
        pictures.PEER,
        pictures.FULL_8,
        "decode for all",
        "Share of the limit",
        "times less CPU time",
    ):
        assert name in said


def test_the_table_of_words_is_printed(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(text, "vit_models", lambda: models)
    text.main(["--queries", "2", "--rounds", "1"])
    said = capsys.readouterr().out
    assert "starter: new words" in said
    assert f"ViT-B/32, int8: {text.BUSY}" in said
