"""Which files an import means."""

import os
import stat
from pathlib import Path

import pytest

from appliance.cli.collect import Found, collect, shown
from appliance.errors import UsageError
from appliance.media.volume import IDENTITY_FILE


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.jpg", "2021/c.jpg", "2021/may/d.png", ".hidden/e.jpg", "2021/.f.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def names(found: list[Found]) -> list[str]:
    return [each.path.name for each in found]


def test_a_folder_is_all_below_it_in_order_without_what_is_hidden(tree: Path) -> None:
    found = collect([tree])
    assert names(found) == ["c.jpg", "d.png", "a.jpg", "b.jpg"]
    assert [each.below for each in found] == [("2021",), ("2021", "may"), (), ()]


def test_what_is_named_itself_is_taken_although_it_is_hidden(tree: Path) -> None:
    assert names(collect([tree / ".hidden", tree / "2021" / ".f.jpg"])) == ["e.jpg", ".f.jpg"]


@pytest.mark.parametrize(
    ("pattern", "expected", "below"),
    [
        ("*.jpg", ["a.jpg", "b.jpg"], [(), ()]),
        ("?.jpg", ["a.jpg", "b.jpg"], [(), ()]),
        ("[b-z].jpg", ["b.jpg"], [()]),
        ("*/c.jpg", ["c.jpg"], [("2021",)]),
        ("20*", ["c.jpg", "d.png"], [("2021",), ("2021", "may")]),
        ("**/*.jpg", ["c.jpg", "a.jpg", "b.jpg"], [("2021",), (), ()]),
        ("**", ["c.jpg", "d.png", "a.jpg", "b.jpg"], [("2021",), ("2021", "may"), (), ()]),
        ("2021/**/*.png", ["d.png"], [("may",)]),
    ],
)
def test_a_pattern_is_read_as_a_shell_reads_it(
    tree: Path, pattern: str, expected: list[str], below: list[tuple[str, ...]]
) -> None:
    found = collect([tree / pattern])
    assert (names(found), [each.below for each in found]) == (expected, below)


def test_a_name_with_the_signs_of_a_pattern_is_meant_literally(tmp_path: Path) -> None:
    (tmp_path / "a[1].jpg").write_text("x")
    (tmp_path / "a1.jpg").write_text("y")
    assert names(collect([tmp_path / "a[1].jpg"])) == ["a[1].jpg"]


@pytest.mark.parametrize("name", ["none.jpg", "*.tiff", "x/**/*.jpg"])
def test_what_is_not_there_is_refused_before_anything_is_sent(tree: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"none\.jpg|tiff|x/"):
        collect([tree, tree / name])


def test_nothing_is_met_twice_whatever_links_there_are(tree: Path) -> None:
    (tree / "2021" / "up").symlink_to(tree)
    (tree / "0.jpg").symlink_to("b.jpg")
    (tree / "again").symlink_to("2021")
    os.link(tree / "a.jpg", tree / "z.jpg")
    assert sorted(names(collect([tree, tree, tree / "*.jpg"]))) == ["a.jpg", "b.jpg", "c.jpg", "d.png"]
    assert sorted(names(collect([tree / "**" / "*.jpg"]))) == ["a.jpg", "b.jpg", "c.jpg"]


def test_a_link_to_a_folder_elsewhere_is_followed(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.jpg").write_text("x")
    (tree / "album").symlink_to(elsewhere)
    assert Found(tree / "album" / "x.jpg", ("album",)) in collect([tree])


def test_what_leads_nowhere_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "good.jpg").write_text("x")
    (tmp_path / "lost.jpg").symlink_to("nowhere")
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    problems = {each.path.name: each.problem for each in collect([tmp_path])}
    assert problems == {
        "good.jpg": None,
        "lost.jpg": "this link leads nowhere",
        "round.jpg": "this link leads in circles",
    }


def test_what_is_no_file_is_passed_over_unless_it_was_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert collect([tmp_path]) == []
    (found,) = collect([tmp_path / "pipe"])
    assert found.problem is not None
    assert stat.S_ISFIFO(found.path.stat().st_mode)


def test_a_librarys_volume_and_its_data_are_passed_over(tree: Path) -> None:
    (tree / "volume").mkdir()
    (tree / "volume" / IDENTITY_FILE).write_text("x")
    (tree / "volume" / "original.jpg").write_text("o")
    found = collect([tree], besides=[tree / "2021", tree / "not-there"])
    assert names(found) == ["a.jpg", "b.jpg"]


def test_a_path_is_shown_on_one_line_whatever_bytes_it_has() -> None:
    assert shown(os.fsdecode(b"a\xff\n\x1b[31mb")) == "a��[31mb".replace("��", "���")
    assert shown(Path("日本 é")) == "日本 é"
