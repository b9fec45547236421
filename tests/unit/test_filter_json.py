"""Filters as JSON: what is written is read again, and nothing that is not known to the last field."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.records.filter_json import MAX_NODES, from_json, to_json
from appliance.records.leaves import (
    AlbumCalled,
    CameraLike,
    ExpiresBefore,
    ExpiresWithin,
    FolderCalled,
    IsExpiring,
    IsLarger,
    IsOriented,
    IsSmaller,
    IsUntagged,
    LensLike,
    NameLike,
    Orientation,
    OwnedBy,
    Unit,
    UploadedBetween,
)
from appliance.records.search import (
    MAX_DEPTH,
    And,
    Filter,
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Not,
    Or,
    RatedAtLeast,
    TakenBetween,
)

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
days = st.none() | st.dates()
leaves: st.SearchStrategy[Filter] = st.one_of(
    texts.map(InFolder),
    st.uuids().map(InFolderId),
    st.uuids().map(InAlbum),
    texts.map(HasTag),
    st.builds(TakenBetween, days, days),
    texts.map(IsKind),
    texts.map(HasCamera),
    st.just(IsUndated()),
    st.just(IsFavourite()),
    st.integers(1, 5).map(RatedAtLeast),
    texts.map(CameraLike),
    texts.map(LensLike),
    texts.map(NameLike),
    texts.map(FolderCalled),
    texts.map(AlbumCalled),
    texts.map(OwnedBy),
    st.builds(UploadedBetween, days, days),
    st.sampled_from(Orientation).map(IsOriented),
    st.builds(IsLarger, st.integers(0, 2**63 - 1), st.sampled_from(Unit)),
    st.builds(IsSmaller, st.integers(0, 2**63 - 1), st.sampled_from(Unit)),
    st.just(IsExpiring()),
    st.dates().map(ExpiresBefore),
    st.integers(1, 36_525).map(ExpiresWithin),
    st.just(IsUntagged()),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=12,
)


@given(filters)
def test_what_is_written_is_read_again(where: Filter) -> None:
    assert from_json(json.loads(json.dumps(to_json(where)))) == where


def test_it_looks_as_it_is_kept() -> None:
    where = And((HasTag("sea"), Not(TakenBetween(date(2026, 1, 1), None)), InAlbum(UUID(int=1))))
    assert to_json(where) == {
        "all": [
            {"tag": "sea"},
            {"not": {"taken": {"first": "2026-01-01", "last": None}}},
            {"album": "00000000-0000-0000-0000-000000000001"},
        ]
    }


@pytest.mark.parametrize(
    "value",
    [
        None, [], "tag", 1, {}, {"tag": "a", "camera": "b"}, {"tags": "a"}, {"tag": 1}, {"tag": None},
        {"tag": "a\x00"},
        {"tag": "x" * 5001}, {"all": {}}, {"all": [{}]}, {"any": "x"}, {"not": []}, {"not": None}, {"album": "x"},
        {"folder_id": 5}, {"rating": 0}, {"rating": 6}, {"rating": True}, {"rating": 3.0}, {"rating": "3"},
        {"undated": False}, {"undated": 1}, {"favourite": None}, {"taken": {}}, {"taken": {"first": None}},
        {"taken": {"first": "yesterday", "last": None}}, {"taken": {"first": None, "last": 5}},
        {"taken": {"first": None, "last": None, "also": 1}}, {"taken": "2026-01-01"}, {1: "a"},
        {"larger": 5}, {"larger": {"bytes": -1}}, {"larger": {"miles": 1}}, {"smaller": {"bytes": 2**63}},
        {"larger": {"bytes": 1, "pixels": 1}}, {"larger": {"bytes": True}}, {"orientation": "askew"},
        {"expires_within": 0}, {"expires_within": 36_526}, {"expires_within": "7d"}, {"expires_before": None},
        {"uploaded": {"first": "today", "last": None}}, {"untagged": False}, {"owner": 1}, {"name_like": None},
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        from_json(value)


def test_it_is_neither_endless_nor_bottomless() -> None:
    deep: Any = {"tag": "x"}
    for _ in range(MAX_DEPTH + 1):
        deep = {"not": deep}
    for value in (deep, {"all": [{"tag": "x"}] * MAX_NODES}):
        with pytest.raises(ValueError, match="nested"):
            from_json(value)
