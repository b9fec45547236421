"""What queries mean: filters and words, what can't be understood, and the way back to a text and to parameters."""

import json
import re
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.errors import UsageError
from appliance.library.query_meaning import MAX_TERMS, MAX_VALUES, query_of, read_meaning
from appliance.library.query_syntax import FIELDS, write_query
from appliance.records.filter_json import MAX_COUNT, MAX_DAYS, from_json, to_json
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
    And,
    AssetTerm,
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
    TextTerm,
)
from web.schemas.narrowing import Narrowing

TODAY = date(2026, 11, 29)
ID = "01234567-89ab-4def-8123-456789abcdef"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("year:2020", TakenBetween(date(2020, 1, 1), date(2020, 12, 31))),
        ("year:2019..2021", TakenBetween(date(2019, 1, 1), date(2021, 12, 31))),
        ("year:2024-02", TakenBetween(date(2024, 2, 1), date(2024, 2, 29))),
        ("year:2024..", TakenBetween(date(2024, 1, 1), None)),
        ("year:2019,2021", Or((TakenBetween(date(2019, 1, 1), date(2019, 12, 31)),
                               TakenBetween(date(2021, 1, 1), date(2021, 12, 31))))),
        ("before:2024-05", TakenBetween(None, date(2024, 4, 30))),
        ("after:2024", TakenBetween(date(2025, 1, 1), None)),
        ("before:31.12.2024", TakenBetween(None, date(2024, 12, 30))),
        ("after:yesterday", TakenBetween(date(2026, 11, 29), None)),
        ("uploaded:today", UploadedBetween(TODAY, TODAY)),
        ("uploaded:2026-11..", UploadedBetween(date(2026, 11, 1), None)),
        ("type:image", IsKind("image")),
        ("type:HEIC", IsKind("image/heic")),
        ("type:jpg", IsKind("image/jpeg")),
        ("type:image/heic", IsKind("image/heic")),
        ("rating:3", RatedAtLeast(3)),
        ("is:favourite", IsFavourite()),
        ("is:favorite", IsFavourite()),
        ("-is:untagged", Not(IsUntagged())),
        ("is:expiring", IsExpiring()),
        ("is:undated", IsUndated()),
        ("expires:7d", ExpiresWithin(7)),
        ("expires:2w", ExpiresWithin(14)),
        ("expires:2027", ExpiresBefore(date(2027, 1, 1))),
        ("larger:5MB", IsLarger(5_000_000)),
        ("smaller:500kB", IsSmaller(500_000)),
        ("larger:12MP", IsLarger(12_000_000, Unit.PIXELS)),
        ("larger:2.5mp", IsLarger(2_500_000, Unit.PIXELS)),
        ("smaller:800px", IsSmaller(800, Unit.PIXELS)),
        ("orientation:portrait", IsOriented(Orientation.PORTRAIT)),
        ("owner:me", OwnedBy("me")),
        ("name:IMG_2020", NameLike("IMG_2020")),
        ('camera:"EOS R5"', CameraLike("EOS R5")),
        ('camera:"=Canon  EOS R5"', HasCamera("Canon  EOS R5")),
        ('camera:""', HasCamera("")),
        ("lens:50mm", LensLike("50mm")),
        ("tag:sea", HasTag("sea")),
        ("tag:sea,lake", Or((HasTag("sea"), HasTag("lake")))),
        ("-tag:sea,lake", Not(Or((HasTag("sea"), HasTag("lake"))))),
        ("folder:Work", FolderCalled("Work")),
        ("folder:2020/Work/", FolderCalled("2020/Work")),
        ("folder:/2020/Work", InFolder("2020/Work")),
        (f"folder:{ID}", InFolderId(UUID(ID))),
        ("album:Italy", AlbumCalled("Italy")),
        (f"album:{ID}", InAlbum(UUID(ID))),
    ],
)  # fmt: skip
def test_a_clause_means_a_filter_which_is_written_as_a_clause_again(text: str, where: Filter) -> None:
    read = read_meaning(text, today=TODAY)
    assert read.where == And((where,))
    assert (read.terms, read.flaws) == ((), ())
    again = read_meaning(write_query(query_of((), where)), today=date(1999, 1, 1))
    assert again.where == And((where,))


def test_several_clauses_hold_together_and_words_keep_their_weights() -> None:
    read = read_meaning('2*beach -people "old town" tag:sea tag:holiday before:2024', today=TODAY)
    assert read.terms == (TextTerm("beach", 2), TextTerm("people", -0.5), TextTerm("old town", quoted=True))
    assert read.where == And((HasTag("sea"), HasTag("holiday"), TakenBetween(None, date(2023, 12, 31))))


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ("before:yesterdy", "value.date", "before:yesterday"),
        ("before:xyz", "value.date", "before:2026-11-28"),
        ("after:2024-13", "value.date", "after:2026-11-28"),
        ("before:0001", "value.date", "before:2026-11-28"),
        ("after:9999", "value.date", "after:2026-11-28"),
        ("year:20xx", "value.date", "year:2026"),
        ("year:2020-02-30", "value.date", "year:2026"),
        ("year:2020-00", "value.date", "year:2026"),
        ("year:..", "value.date", "year:2026"),
        ("year:2021..2019", "value.order", "year:2019..2021"),
        ("uploaded:soon", "value.date", "uploaded:2026"),
        ("is:nice", "value.is", "is:favourite"),
        ("-is:untaged", "value.is", "-is:untagged"),
        ("type:foo", "value.type", "type:image"),
        ("type:jpgg", "value.type", "type:jpg"),
        ("rating:9", "value.rating", "rating:3"),
        ("larger:huge", "value.size", "larger:5MB"),
        ("smaller:9999999999999MP", "value.size", "smaller:12MP"),
        ("orientation:portait", "value.orientation", "orientation:portrait"),
        ("expires:99999w", "value.expires", "expires:7d"),
        ('tag:""', "value.name", ""),
        ("folder:a//b", "value.name", ""),
        ("name:" + "x" * 500, "value.name", ""),
    ],
)
def test_a_value_that_says_nothing_is_told_with_its_place_and_the_rest_is_searched(
    text: str, code: str, meant: str
) -> None:
    read = read_meaning(f"dog {text} tag:sea", today=TODAY)
    assert read.terms == (TextTerm("dog"),)
    assert read.where == And((HasTag("sea"),))
    assert [(each.start, each.end, each.code, each.meant) for each in read.flaws] == [
        (4, 4 + len(text), code, meant)
    ]
    if meant:
        assert read_meaning(meant, today=TODAY).flaws == ()


def test_of_several_values_those_that_are_understood_count() -> None:
    read = read_meaning("type:foo,heic", today=TODAY)
    assert read.where == And((IsKind("image/heic"),))
    assert [flaw.meant for flaw in read.flaws] == ["type:image"]


def test_more_than_a_search_can_have_is_left_out_and_told() -> None:
    read = read_meaning(" + ".join(["a"] * (MAX_TERMS + 1)), today=TODAY)
    assert (len(read.terms), [flaw.code for flaw in read.flaws]) == (MAX_TERMS, ["words.many"])
    read = read_meaning("tag:a " * (MAX_VALUES + 5), today=TODAY)
    assert (len(read.where.of), [flaw.code for flaw in read.flaws]) == (MAX_VALUES, ["filter.many"])


anything = (
    st.text(st.sampled_from('ab -+*:,"\\20.“”=/\t') | st.characters(), max_size=40)
    | st.lists(
        st.builds(
            lambda name, sign, value: f"{sign}{name}:{value}",
            st.sampled_from(FIELDS),
            st.sampled_from(["", "-", "2*"]),
            st.sampled_from(
                ["2020", "2019..2021", "..2020-05", "0001", "9999", "0001..9999", "today", "7d", "5MB", "3", "me",
                 "/", "heic", "video/mp4", "square", '""', '"= x"', "a,b", "-", "🏖️", "שקיעה", "مدينة", "Ünï", ID,
                 "/a/b", "favourite", "12MP", "99999999999999999999", "31.2.2020"]
            ) | st.text(max_size=6),
        ),
        max_size=5,
    ).map(" ".join)
)  # fmt: skip


@given(anything)
@example("🏖️ שקיעה 海 tag:ים -מגדלור")
@example("before:0001-01-02 after:9999-12-30 year:0001 uploaded:9999")
def test_text_means_the_same_when_its_meaning_is_written_and_read_again(text: str) -> None:
    read = read_meaning(text, today=TODAY)
    for flaw in read.flaws:
        assert 0 <= flaw.start < flaw.end <= len(text)
    again = read_meaning(write_query(query_of(read.terms, read.where)), today=date(2001, 1, 1))
    assert (again.terms, again.where, again.flaws) == (read.terms, read.where, ())


@given(anything)
def test_what_a_query_means_is_said_by_parameters_of_an_address_and_kept_as_json(text: str) -> None:
    where = read_meaning(text, today=TODAY).where
    assert from_json(to_json(where)) == where
    said = Narrowing.of(where).model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
    address = urlencode({name: str(value) for name, value in said.items()})
    read = Narrowing.model_validate(dict(parse_qsl(address, keep_blank_values=True)))
    assert set(read.wanted().of) == set(where.of)


names = st.text("abcÄöß😀 שם", min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool)
days = st.dates()


@given(
    st.lists(
        st.one_of(
            names.map(HasTag), names.map(AlbumCalled), names.map(FolderCalled), names.map(OwnedBy),
            names.map(CameraLike), names.map(LensLike), names.map(NameLike), names.map(InFolder),
            names.map(HasCamera), st.uuids().map(InAlbum), st.uuids().map(InFolderId),
            st.tuples(days, days).map(sorted).map(lambda two: TakenBetween(*two)),
            st.tuples(days, days).map(sorted).map(lambda two: UploadedBetween(*two)),
            days.map(lambda day: TakenBetween(day, None)), days.map(lambda day: TakenBetween(None, day)),
            days.map(lambda day: UploadedBetween(None, day)), days.map(ExpiresBefore),
            st.integers(1, MAX_DAYS).map(ExpiresWithin), st.integers(1, 5).map(RatedAtLeast),
            st.builds(IsLarger, st.integers(0, MAX_COUNT), st.sampled_from(Unit)),
            st.builds(IsSmaller, st.integers(0, MAX_COUNT), st.sampled_from(Unit)),
            st.sampled_from(Orientation).map(IsOriented), st.sampled_from(["image", "image/heic", "a/b"]).map(IsKind),
            st.sampled_from([IsUntagged(), IsExpiring(), IsFavourite(), IsUndated()]),
        ).flatmap(lambda leaf: st.sampled_from([leaf, Not(leaf)])),
        max_size=5,
    )
)  # fmt: skip
def test_a_filter_of_parameters_is_written_as_a_query(parts: list[Filter]) -> None:
    where = And(tuple(parts))
    assert read_meaning(write_query(query_of((), where)), today=TODAY).where == where


@pytest.mark.parametrize(
    "where",
    [Or(()), Not(Not(HasTag("a"))), Or((HasTag("a"), IsExpiring())), Or((And((HasTag("a"),)),)), HasTag(" a"),
     CameraLike("=x"), TakenBetween(date(2021, 1, 1), date(2020, 1, 1)), TakenBetween(None, None)],
)  # fmt: skip
def test_what_no_query_can_say_is_not_said_wrongly(where: Filter) -> None:
    with pytest.raises(ValueError):
        query_of((), where)


def test_terms_from_elsewhere_are_written_so_that_they_are_read_again() -> None:
    terms = (
        TextTerm("tag:sea"),
        TextTerm("-a  b", 0.1234567891),
        TextTerm("old town", -0.5),
        TextTerm("x", 1e-9),
    )
    query = write_query(query_of((*terms, AssetTerm(UUID(ID))), And(())))
    assert query == '"tag:sea" 0.123457*-a b -"old town" 0.000001*x'
    assert [term.text for term in read_meaning(query, today=TODAY).terms] == [
        "tag:sea",
        "-a b",
        "old town",
        "x",
    ]


def test_ten_thousand_characters_of_anything_are_understood_at_once() -> None:
    for unit in (
        "a ",
        '"',
        "2*a + ",
        "tag:x ",
        "tag:a,",
        "-",
        "year:2020..",
        "is:\\",
        "+",
        "🏖️",
        "camera:=",
        "א ב ",
    ):
        text = unit * (10_000 // len(unit))
        read = read_meaning(text, today=TODAY)
        write_query(query_of(read.terms, read.where))


def test_a_list_takes_filters_and_tells_what_it_does_not_understand() -> None:
    asked = Narrowing(q="tag:sea year:2020", rating=3)
    assert set(asked.wanted().of) == {
        HasTag("sea"), RatedAtLeast(3), TakenBetween(date(2020, 1, 1), date(2020, 12, 31)),
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"characters 4 to 11; write `is:favourite`"):
        Narrowing(q="    is:nice").wanted()
    with pytest.raises(UsageError, match="words are for"):
        Narrowing(q="dog tag:sea").wanted()


def test_each_example_of_the_page_about_searching_is_understood() -> None:
    page = (Path(__file__).parents[2] / "docs" / "searching.md").read_text(encoding="utf-8")
    tables = [line for line in page.splitlines() if line.startswith(("| `", "| |", "- **", "Together"))]
    examples = [each for line in tables for each in re.findall(r"`([^`]+)`", line)]
    queries = [
        each for each in examples if not each.endswith(":") and each not in {"MP", "px", "/", "=", "-", "+"}
    ]
    assert len(queries) > 60
    for query in queries:
        assert read_meaning(query, today=TODAY).flaws == (), query
        name, colon, _ = query.lstrip("-").partition(":")
        if colon and name in FIELDS:
            assert read_meaning(query, today=TODAY).where.of, query
    documented = set(re.findall(r"^\| `([a-z]+):`", page, re.MULTILINE))
    assert documented == set(FIELDS)
    assert read_meaning("dog before:yesterdy", today=TODAY).flaws[0].meant == "before:yesterday"


def test_each_flaw_has_a_sentence_in_each_language() -> None:
    root = Path(__file__).parents[2]
    source = "".join(
        (root / "appliance" / "library" / f"query_{each}.py").read_text()
        for each in ("syntax", "meaning", "values")
    )
    codes = set(re.findall(r'"((?:value|quote|filter|weight|words)\.[a-z]+)"', source))
    assert len(codes) > 15
    for language in ("de", "en"):
        texts = json.loads((root / "web/ui/src/locales" / f"{language}.json").read_text(encoding="utf-8"))
        said = {key.removeprefix("query.flaw.") for key in texts if key.startswith("query.flaw.")}
        assert said == codes
