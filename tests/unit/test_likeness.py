"""Prints and how they are linked: what is the same picture, and what groups pairs make."""

from itertools import combinations
from uuid import UUID

import numpy as np
import pytest

from appliance.library.likeness import SIDE, close_pairs, hash_of, is_same, print_of
from appliance.library.linking import linked, memberships
from appliance.records.groups import GroupKind, Pair

A, B, C, D = (UUID(int=number) for number in range(1, 5))
OWNERS = dict.fromkeys((A, B, C, D), UUID(int=9))


def pair(one: UUID, other: UUID, closeness: float, kind: GroupKind = GroupKind.DUPLICATE) -> Pair:
    return Pair(kind, one, other, closeness)


def test_a_print_is_its_own_and_no_noise_is_anothers() -> None:
    rng = np.random.default_rng(3)
    prints = [print_of(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)) for _ in range(20)]
    for one, other in combinations(prints, 2):
        assert is_same(one, one) == pytest.approx(1, abs=1e-5)
        assert is_same(one, other) is None


def test_what_shows_nothing_is_like_nothing() -> None:
    flat = np.full((SIDE, SIDE), 240, dtype=np.uint8)
    assert is_same(flat, flat) is None


def test_near_hashes_are_found_however_many_there_are() -> None:
    rng = np.random.default_rng(4)
    hashes = rng.integers(0, 2**63, 300, dtype=np.uint64)
    near = hashes[:40] ^ np.uint64(0b1011)
    found = {tuple(each) for each in close_pairs(near, hashes).tolist()}
    assert {(n, n) for n in range(40)} <= found
    assert len(found) < 60


def test_a_hash_is_63_bits_and_does_not_see_brightness() -> None:
    rng = np.random.default_rng(5)
    picture = np.kron(rng.integers(0, 256, (8, 8)), np.ones((4, 4))).astype(np.uint8)
    assert 0 <= hash_of(picture) < 2**63
    assert (hash_of(picture) ^ hash_of((picture * 0.8).astype(np.uint8))).bit_count() <= 4


def test_a_chain_is_a_burst_and_not_one_duplicate() -> None:
    chain = [pair(A, B, 0.99), pair(B, C, 0.98)]
    assert linked(chain, set(), complete=True) == [frozenset({A, B})]
    assert linked(chain, set(), complete=False) == [frozenset({A, B, C})]


def test_two_that_are_kept_apart_are_never_in_one_group() -> None:
    all_of_them = [pair(*two, closeness=0.9) for two in combinations((A, B, C, D), 2)]
    for complete in (True, False):
        groups = linked(all_of_them, {(A, C)}, complete=complete)
        assert not any({A, C} <= group for group in groups)
        assert len(set().union(*groups)) >= 3


def test_a_group_keeps_its_name_and_what_hangs_together_by_both_kinds_is_one_hit() -> None:
    first = memberships([pair(A, B, 0.9)], set(), set(), OWNERS)
    [name] = {each.group for each in first}
    both = memberships([pair(A, B, 0.9), pair(B, C, 0.8, GroupKind.BURST)], set(), first, OWNERS)
    assert {each.asset for each in both if each.kind is GroupKind.ALIKE} == {A, B, C}
    assert {each.group for each in both if each.kind is GroupKind.DUPLICATE} == {name}
    assert {each.group for each in both if each.kind is GroupKind.ALIKE} == {name}
    assert {each.group for each in both if each.kind is GroupKind.BURST} != {name}
    again = memberships([pair(A, B, 0.9), pair(B, C, 0.8, GroupKind.BURST)], set(), both, OWNERS)
    assert again == both
