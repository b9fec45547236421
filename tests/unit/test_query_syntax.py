"""The query syntax: what people write is taken apart, and written again it says the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.library.query_syntax import FIELDS, read_query, write_query
from appliance.records.query import Clause, Query, Words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("red bike", [Words("red bike")]),
        ("red bike -helmet", [Words("red bike"), Words("helmet", -1)]),
        ("red -helmet bike", [Words("red bike"), Words("helmet", -1)]),
        ("2*beach + sunset", [Words("beach", 2), Words("sunset")]),
        ("2 * beach house + 0,5*sunset", [Words("beach house", 2), Words("sunset", 0.5)]),
        ('"old town" square', [Words("old town", quoted=True), Words("square")]),
        ('square -"old town"', [Words("square"), Words("old town", -1, quoted=True)]),
        ('-2*"old town"', [Words("old town", -2, quoted=True)]),
        ("„alte Stadt“ –Auto", [Words("alte Stadt", quoted=True), Words("Auto", -1)]),
        ("tag:beach", [Clause("tag", ("beach",))]),
        ("Tag: beach", [Clause("tag", ("beach",))]),
        ('tag:a,"b c", d e', [Clause("tag", ("a", "b c", "d")), Words("e")]),
        ("dog year:2020 beach", [Words("dog beach"), Clause("year", ("2020",))]),
        ("-is:favourite", [Clause("is", ("favourite",), negated=True)]),
        ('camera:""', [Clause("camera", ("",))]),
        ("beach - sunset", [Words("beach sunset")]),
        ("C++ at 12:30", [Words("C++ at 12:30")]),
        ("see https://example.org", [Words("see https://example.org")]),
        ("x\x00y\ud800z", [Words("x y z")]),
        ("🏖️ שקיעה 海", [Words("🏖️ שקיעה 海")]),
        ("", []),
        ('  + - "" ', []),
    ],
)
def test_a_query_is_taken_apart(text: str, parts: list[Words | Clause]) -> None:
    assert read_query(text) == Query(tuple(parts))


@pytest.mark.parametrize(
    ("text", "parts", "flaw"),
    [
        ("red foldr:Holiday", [Words("red foldr:Holiday")], (4, 10, "filter.unknown", "folder:")),
        ('red "old town', [Words("red"), Words("old town", quoted=True)], (4, 13, "quote.open", '"')),
        ("red tag:", [Words("red")], (4, 8, "filter.empty", "tag:…")),
        ("red 0*blue", [Words("red")], (4, 10, "weight.zero", "")),
        ("99*red", [Words("red", 10)], (0, 3, "weight.large", "10*")),
        ("2*tag:red", [Clause("tag", ("red",))], (0, 9, "filter.weight", "tag:")),
    ],
)
def test_what_is_not_understood_is_told_with_its_place_and_the_rest_counts(
    text: str, parts: list[Words | Clause], flaw: tuple[int, int, str, str]
) -> None:
    read = read_query(text)
    assert list(read.parts) == parts
    assert [(each.start, each.end, each.code, each.meant) for each in read.flaws] == [flaw]


@given(st.text(st.sampled_from('ab -+*:,"\\20.“”\ttag') | st.characters(), max_size=60))
@example('2*"')
@example('a 0*b "')
@example("+2*")
@example("-")
@example("--")
@example("2*-")
def test_whatever_is_written_is_read_and_written_again_says_the_same(text: str) -> None:
    read = read_query(text)
    assert read_query(write_query(read)).parts == read.parts
    for flaw in read.flaws:
        assert 0 <= flaw.start < flaw.end <= len(text)


words = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters='"“”„‟«»'),
    min_size=1,
    max_size=8,
)
weights = st.sampled_from([-10.0, -1.0, -0.25, 0.5, 1.0, 2.0, 10.0])


@given(
    st.lists(
        st.builds(lambda text, weight: Words(text, weight, quoted=True), words, weights)
        | st.builds(
            lambda name, values, negated: Clause(name, tuple(values), negated),
            st.sampled_from(FIELDS),
            st.lists(words | st.just(""), min_size=1, max_size=3),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_a_query_that_was_put_together_is_read_as_it_was_meant(parts: list[Words | Clause]) -> None:
    assert read_query(write_query(Query(tuple(parts)))) == Query(tuple(parts))


def test_ten_thousand_characters_of_anything_are_read_at_once() -> None:
    for unit in ("a ", '"', "2*", "tag:", "-", "foldr:x ", "\\", "+"):
        read_query(unit * (10_000 // len(unit)))
