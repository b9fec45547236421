"""How what is called so is put among what looks so, page by page."""

from datetime import UTC, datetime
from unittest.mock import sentinel
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from appliance.library.fusion import due_of, merge
from appliance.records.search import SearchHit
from appliance.records.words import Named

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def named(number: int, *, rank: int = 1, distance: float | None = None) -> Named:
    return Named(UUID(int=number), rank, distance, NOW)


def hit(number: int) -> SearchHit:
    return SearchHit(sentinel.asset, score=float(number), distance=None)


def test_a_file_that_is_called_exactly_so_comes_before_everything() -> None:
    due = due_of([named(1, distance=0.1), named(2, rank=3, distance=1.9)], [0.2, 0.3])
    assert due[0] == (UUID(int=2), 1)


def test_what_both_orders_have_comes_before_what_one_has() -> None:
    distances = [0.1 + number / 1000 for number in range(100)]
    both, far, unknown = named(1, distance=0.1005), named(2, distance=1.5), named(3)
    rows = dict(due_of([far, unknown, both], distances))
    assert next(iter(rows)) == both.id
    assert rows[both.id] <= rows[far.id] < rows[unknown.id]


def test_the_hundredth_of_the_called_is_within_the_first_hundred_rows() -> None:
    rows = [row for _, row in due_of([named(number) for number in range(1, 101)], [0.1] * 50)]
    assert rows == sorted(rows)
    assert rows[-1] <= 100


@given(
    near=st.integers(0, 60),
    rows=st.lists(st.integers(1, 50), max_size=40).map(sorted),
    limit=st.integers(1, 30),
)
def test_pages_of_any_size_make_up_the_same_whole(near: int, rows: list[int], limit: int) -> None:
    called = {UUID(int=number): hit(1000 + number) for number in range(len(rows))}
    order, due = [hit(number) for number in range(near)], tuple(zip(called, rows, strict=True))

    def pages(size: int) -> list[SearchHit]:
        found: list[SearchHit] = []
        rank, left = 0, due
        while True:
            page = merge(order[rank : rank + size], left, called, rank=rank, limit=size)
            found += page.hits
            rank, left = rank + page.taken, page.due
            if len(page.hits) < size:
                return found

    whole = pages(1000)
    assert pages(limit) == whole
    assert len(whole) == near + len(rows)
    for (asset, row), place in zip(due, (whole.index(called[asset]) for asset, _ in due), strict=True):
        assert whole[:place].count(called[asset]) == 0
        before = sum(each.score is not None and each.score < 1000 for each in whole[:place])
        assert before == min(row - 1, near)
