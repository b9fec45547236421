"""What is suggested while somebody writes: for the place of the cursor, what begins so first, and readable again."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import clock
from appliance.library.query_places import place_at
from appliance.library.query_syntax import FIELDS, read_query
from appliance.library.suggestions import Before, suggest
from appliance.library.vocabulary import Vocabulary, Word
from appliance.library.wording import fold
from appliance.records.helps import Name, RecentSearch, Suggestion, SuggestionKind

TAG, FOLDER, CAMERA = SuggestionKind.TAG, SuggestionKind.FOLDER, SuggestionKind.CAMERA


def vocabulary(*names: tuple[SuggestionKind, str, int]) -> Vocabulary:
    words: dict[SuggestionKind, list[Word]] = {}
    for kind, label, assets in names:
        whole = fold(label)
        word = Word(Name(kind, label, label, assets), whole, whole.rsplit("/", 1)[-1])
        words.setdefault(kind, []).append(word)
    return Vocabulary("now", {kind: tuple(found) for kind, found in words.items()})


NAMES = vocabulary(
    (TAG, "sea", 9),
    (TAG, "Été", 5),
    (TAG, "old town", 4),
    (TAG, "animal/seal", 3),
    (TAG, "deep sea", 2),
    (TAG, "nausea", 1),
    (FOLDER, "Summer in Italy", 8),
    (CAMERA, "Canon EOS", 7),
)


def at_cursor(marked: str, before: Before | None = None) -> tuple[str, list[Suggestion]]:
    """A text with the cursor at its ``|``, and what is suggested there."""
    at = marked.index("|")
    text = marked.replace("|", "", 1)
    return text, suggest(text, at, NAMES, before or Before(), limit=10)


def after(marked: str, before: Before | None = None) -> list[str]:
    """The texts that there would be then."""
    text, found = at_cursor(marked, before)
    return [text[: each.start] + each.text + text[each.end :] for each in found]


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("tag:se|", "tag:sea"),
        ("red tag:ol| dog", 'red tag:"old town" dog'),
        ("tag:sea,ol|,x", 'tag:sea,"old town",x'),
        ('tag:"old t|', 'tag:"old town"'),
        ('-tag:"old t|ree"', '-tag:"old town"'),
        ("tag:ete|", "tag:Été"),
        ("tag:ÉT|", "tag:Été"),
        ("tag: |", "tag: sea"),
        ("camera:|", 'camera:"Canon EOS"'),
        ("red eo|", 'red camera:"Canon EOS"'),
        ("red summer in it|", 'red folder:"Summer in Italy"'),
        ("2*old t|", '2*tag:"old town"'),
        ("is:fa|", "is:favourite"),
        ("orientation:|", "orientation:landscape"),
        ("portr|", "orientation:portrait"),
    ],
)
def test_a_suggestion_says_what_it_replaces_and_by_what(marked: str, first: str) -> None:
    assert after(marked)[0] == first


def test_what_begins_so_comes_before_what_has_it_within() -> None:
    _, found = at_cursor("tag:sea|")
    assert [each.label for each in found] == ["sea", "animal/seal", "deep sea", "nausea"]
    assert [each.assets for each in found] == [9, 3, 2, 1]


def test_a_word_is_a_name_of_any_kind() -> None:
    _, found = at_cursor("a s|")
    assert {each.kind for each in found} >= {TAG, FOLDER, SuggestionKind.FILTER}


def test_with_nothing_written_it_is_what_was_looked_for_lately() -> None:
    before = Before(
        recent=(RecentSearch("red bike tag:sea", clock.now()), RecentSearch("a dog", clock.now()))
    )
    assert after("|", before) == ["red bike tag:sea", "a dog"]
    assert after("red b|", before)[0] == "red bike tag:sea"
    assert "a dog" not in after("a dog|", before)
    assert "red bike tag:sea" not in after("bi| and more", before)


def test_within_a_filters_name_nothing_is_suggested_for_another_place() -> None:
    assert after("ta|g:sea") == []


def _texts() -> Iterable[str]:
    return (
        "red",
        "-",
        "+",
        "2*",
        "tag:",
        "tag:sea,",
        '"',
        "old town",
        ",",
        " ",
        "é",
        "folder:",
        "is:",
        "\\",
        "x:y",
    )


@given(st.lists(st.sampled_from(list(_texts())), max_size=8), st.data())
def test_wherever_the_cursor_is_what_is_suggested_fits_there(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    at = data.draw(st.integers(0, len(text)))
    place = place_at(text, at)
    assert 0 <= place.start <= at <= place.end <= len(text)
    for each in suggest(text, at, NAMES, Before(), limit=10):
        assert 0 <= each.start <= at <= each.end <= len(text)


@given(st.sampled_from(FIELDS), st.sampled_from(["red ", "", "-", '"old town" ', "a + ", "tag:x "]))
def test_a_value_that_is_taken_is_read_as_it_was_meant(name: str, before: str) -> None:
    text = f"{before}{name}:"
    for each in suggest(text, len(text), NAMES, Before(), limit=10):
        read = read_query(text[: each.start] + each.text + text[each.end :])
        assert read.flaws == ()
        assert read.clauses[-1].name == name
        assert read.clauses[-1].values == (each.label,)
