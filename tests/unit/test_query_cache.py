"""Vectors of queries are kept, the least used go first, and a later process can take them over."""

import numpy as np
import pytest

from appliance.clip.encoder import Vectors
from appliance.clip.query_cache import QueryCache, query_key
from appliance.errors import UsageError


def vector(value: float) -> Vectors:
    return np.full(2, value, np.float32)


def test_a_text_is_encoded_as_it_was_given() -> None:
    assert query_key("  red \n bike ") == "  red \n bike "


@pytest.mark.parametrize(
    ("text", "said"), [(" \t ", "the text is empty"), ("a \ud83d", "half of a character")]
)
def test_what_is_no_text_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        query_key(text)


def test_the_one_that_was_not_asked_for_the_longest_goes_first() -> None:
    cache = QueryCache(2)
    cache.put("a", vector(1))
    cache.put("b", vector(2))
    cache.get("a")
    cache.put("c", vector(3))
    assert cache.get("a") is not None
    assert cache.get("c") is not None
    assert cache.get("b") is None


def test_what_was_kept_can_not_be_written_to() -> None:
    kept = QueryCache(1).put("a", vector(1))
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 5


def test_a_later_process_takes_over_and_keeps_what_is_newer() -> None:
    former, later = QueryCache(8), QueryCache(2)
    for text in ("a", "b", "c"):
        former.put(text, vector(1))
    later.put("b", vector(2))
    later.load(former.dump())
    assert [value[0] for _, value in later.dump()] == [1, 2]
    assert later.get("a") is None


def test_what_is_handed_on_does_not_say_what_was_looked_for() -> None:
    cache = QueryCache(1)
    cache.put("a secret", vector(1))
    ((digest, _),) = cache.dump()
    assert len(digest) == 32
    assert b"secret" not in digest


def test_no_room_means_nothing_is_kept() -> None:
    cache = QueryCache(0)
    cache.put("a", vector(1))
    assert cache.get("a") is None
