from importlib.metadata import metadata
from pathlib import Path

import pytest

from scripts import bundle
from scripts.bundle import build
from scripts.debs import Lacking, fetch_debs
from scripts.gates import wheel
from scripts.targets import RUNTIMES, SYSTEMS, Target


def test_pip_is_asked_for_wheels_of_the_target_and_not_of_this_machine() -> None:
    words = Target("debian13", "aarch64", "cpu").pip_arguments()
    assert words[words.index("--python-version") + 1] == "3.13"
    assert "manylinux_2_41_aarch64" in words
    assert "cp313" in words
    assert not any("x86_64" in word for word in words)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_is_an_extra_of_the_project(runtime: str) -> None:
    assert Target("debian13", "x86_64", runtime).extra in metadata("scene-sense").get_all(
        "Provides-Extra", []
    )


def test_debians_packages_are_for_debian_only(tmp_path: Path) -> None:
    ubuntu = next(name for name in SYSTEMS if name.startswith("ubuntu"))
    with pytest.raises(Lacking, match="only on Debian, and for Debian"):
        fetch_debs(tmp_path / "debs", Target(ubuntu, "x86_64", "cpu"), ["python3"])


def test_a_bundle_that_is_there_already_is_not_built_again(tmp_path: Path) -> None:
    target = Target("debian13", "x86_64", "cpu")
    folder = tmp_path / target.name
    folder.mkdir()
    (folder / "manifest.json").write_text(f'{{"source": "{bundle._source_hash([], with_debs=False)}"}}')
    (tmp_path / f"{target.name}.tar").touch()
    assert build(target, out=tmp_path) == folder
    assert list(folder.iterdir()) == [folder / "manifest.json"]


def test_a_wheel_with_something_strange_and_without_the_model_is_found() -> None:
    inside = {"appliance/a.py", "appliance/secret.env", "web/static/index.html", "x.dist-info/METADATA"}
    found = wheel.differences(inside, {"appliance/a.py", "appliance/b.py"})
    assert "the wheel has appliance/secret.env, which nobody asked for" in found
    assert "the wheel lacks appliance/b.py" in found
    assert "the wheel lacks appliance/clip/starter/visual/model.onnx" in found
    assert "the wheel lacks its licence" in found
    assert not any("web/static" in line for line in found)
