"""Which groups pairs make: pure, and the same whatever order the pairs come in."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise, product
from uuid import UUID, uuid4

from appliance.records.groups import GroupKind, Membership, Pair

Couple = tuple[UUID, UUID]


def couple(one: UUID, other: UUID) -> Couple:
    """Two ids in their order."""
    return (one, other) if one < other else (other, one)


def linked(pairs: Iterable[Pair], apart: Collection[Couple], *, complete: bool) -> list[frozenset[UUID]]:
    """Groups of at least two, made by joining the closest first.

    ``complete``: any two of a group are a pair; otherwise a chain of pairs is enough. Two that are to be ``apart``
    are never in one group.
    """
    pairs = sorted(pairs, key=lambda pair: (-pair.closeness, pair.one, pair.other))
    known = {couple(pair.one, pair.other) for pair in pairs}
    group_of: dict[UUID, set[UUID]] = {}
    for pair in pairs:
        one, other = (group_of.setdefault(each, {each}) for each in (pair.one, pair.other))
        if one is other:
            continue
        if (complete or apart) and not all(
            (not complete or couple(a, b) in known) and couple(a, b) not in apart
            for a, b in product(one, other)
        ):
            continue
        if len(one) < len(other):
            one, other = other, one
        one |= other
        for each in other:
            group_of[each] = one
    return list({id(group): frozenset(group) for group in group_of.values() if len(group) > 1}.values())


def memberships(
    pairs: Sequence[Pair],
    apart: Collection[Couple],
    before: Collection[Membership],
    owners: Mapping[UUID, UUID],
) -> frozenset[Membership]:
    """Who is in which group of each kind. A group that is much the same as before keeps its id.

    ``owners`` has each asset's, and both of a pair have the same.
    """
    groups = {
        kind: linked(
            (pair for pair in pairs if pair.kind is kind), apart, complete=kind is GroupKind.DUPLICATE
        )
        for kind in (GroupKind.DUPLICATE, GroupKind.BURST)
    }
    found: dict[GroupKind, Mapping[frozenset[UUID], UUID]] = {
        kind: _named(made, [each for each in before if each.kind is kind]) for kind, made in groups.items()
    }
    chains = [
        Pair(GroupKind.ALIKE, *couple(one, other), closeness=1.0 if kind is GroupKind.DUPLICATE else 0.5)
        for kind, made in groups.items()
        for group in made
        for one, other in pairwise(sorted(group))
    ]
    alike = linked(chains, apart, complete=False)
    single = {group: name for named in found.values() for group, name in named.items()}
    own = _named(alike, [each for each in before if each.kind is GroupKind.ALIKE])
    found[GroupKind.ALIKE] = {group: single.get(group, own[group]) for group in alike}
    return frozenset(
        Membership(asset, owners[asset], kind, name)
        for kind, named in found.items()
        for group, name in named.items()
        for asset in group
    )


def _named(groups: Sequence[frozenset[UUID]], before: Sequence[Membership]) -> Mapping[frozenset[UUID], UUID]:
    """Each group with the id that most of its members had before, or a new one; the largest chooses first."""
    names: dict[UUID, UUID] = {each.asset: each.group for each in before}
    taken: set[UUID] = set()
    named: dict[frozenset[UUID], UUID] = {}
    for group in sorted(groups, key=lambda group: (-len(group), min(group))):
        counts = Counter(names[asset] for asset in group if asset in names)
        free = [name for name, _ in counts.most_common() if name not in taken]
        named[group] = free[0] if free else uuid4()
        taken.add(named[group])
    return named
