"""What the command line writes about imports, hits and assets."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from appliance import errors
from appliance.cli.asset import describe, with_tags
from appliance.cli.outcome import Outcome, Report, Status, refused
from appliance.cli.search_lines import found_lines
from appliance.cli.table import table
from appliance.cli.views import AnswerView, AssetView

ASSET: dict[str, Any] = {
    "id": str(UUID(int=1)), "owner": {"id": str(UUID(int=9)), "name": "anna"}, "mine": True, "filename": "a.jpg",
    "folder": None, "folder_id": None, "tags": ["x", "y"], "mime": "image/jpeg",
    "kind": "image", "bytes": 1234, "sha256": "00", "width": 4, "height": 3, "camera": None, "lens": None,
    "taken": {"local": "2021-05-01T10:00:00", "offset_minutes": None, "source": "exif"},
    "latitude": 0.0, "longitude": 7.5, "thumbhash": "", "mean_color": "#000000", "media_version": 1,
    "uploaded_at": "2026-01-02T03:04:05Z", "expires_at": None, "state": "active", "trashed_at": None,
    "purge_after": None, "description": "", "favourite": False, "rating": None, "revision": 1,
    "index": {"state": "failed", "attempts": 4, "error_code": "x", "error_text": "Damaged."},
    "added by a newer server": 1,
}  # fmt: skip


def test_an_asset_is_described_with_what_is_known() -> None:
    said = dict(line.split(maxsplit=1) for line in describe(AssetView.model_validate(ASSET)))
    assert said["size"] == "4 x 3 pixels, 1.2 kB"
    assert said["place"] == "0.00000, 7.50000"
    assert said["taken"] == "2021-05-01 10:00:00 (exif)"
    assert said["search"] == "failed: Damaged."
    assert said["expires"] == "never"
    assert not {"camera", "folder", "rating", "path", "owner"} & set(said)


def test_a_shared_asset_is_described_with_whose_it_is() -> None:
    said = dict(
        line.split(maxsplit=1) for line in describe(AssetView.model_validate({**ASSET, "mine": False}))
    )
    assert said["owner"] == "anna"


def test_hits_are_columns_and_empty_columns_are_left_out() -> None:
    other = {**ASSET, "filename": "日本.jpg"}
    items = [
        {"id": str(UUID(int=n)), "score": 0.5, "distance": 0.5, "asset": a}
        for n, a in enumerate((ASSET, other))
    ]
    answer = AnswerView.model_validate(
        {"items": items, "exact": True, "model": "m", "took_ms": 1.0, "next": None}
    )
    assert found_lines(answer.items) == [f"0.500  {UUID(int=0)}  a.jpg", f"0.500  {UUID(int=1)}  日本.jpg"]


def test_columns_are_lined_up_by_what_a_terminal_shows() -> None:
    assert table([("日本", "x"), ("a", "y"), ("e\u0301", "z")]) == ["日本  x", "a     y", "e\u0301     z"]
    assert table([("x" * 60, "1"), ("y", "2")]) == ["x" * 60 + "  1", "y" + " " * 39 + "  2"]
    assert table([]) == []


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("a.xmp", errors.UnsupportedFile(), Status.SKIPPED),
        ("a.mp4", errors.VideoUnsupported(), Status.SKIPPED),
        ("a.jpg", errors.VideoUnsupported(), Status.SKIPPED),
        ("a.mkv", errors.FileTooLarge(), Status.SKIPPED),
        ("A.JPG", errors.UnsupportedFile(), Status.REJECTED),
        ("a.tiff", errors.FileTooLarge(), Status.REJECTED),
        ("a.heic", errors.EmptyFile(), Status.REJECTED),
        ("a", errors.DamagedFile(), Status.REJECTED),
        ("a.jpg", errors.Conflict(), Status.FAILED),
        ("a.jpg", PermissionError(13, "Permission denied"), Status.FAILED),
    ],
)
def test_a_picture_that_broke_is_told_from_what_never_was_one(
    name: str, error: Exception, status: Status
) -> None:
    assert refused(Path(name), error).status is status


def test_a_summary_counts_what_there_is() -> None:
    report = Report(files=5)
    report.add(Outcome(Path("a"), Status.STORED, bytes=1500))
    report.add(Outcome(Path("b"), Status.DUPLICATE, bytes=1500))
    assert not report.ok
    assert report.line() == "5 files: 1 stored, 1 there already, 3 not come to; 1.5 kB sent in 0.0 s"
    assert report.as_json()["summary"]["left"] == 3
    assert Report(files=0).ok
    assert Report(files=0).line().startswith("0 files: nothing to do")
    broken = Report(files=1)
    broken.add(Outcome(Path("a"), Status.REJECTED))
    assert not broken.ok


def test_tags_are_put_on_and_taken_off_whatever_their_case() -> None:
    assert with_tags(["Dog", "old"], on=("dog", "new"), off=("OLD",)) == ("Dog", "new")
