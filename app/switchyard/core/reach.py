"""Which tracks of a chain can be reached, and which go round in a circle: told from the chain alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from switchyard.core.chain import Chain, Track
from switchyard.core.condition import AllOf, AnyOf, Condition, Holds, Not

_FACTS_MAX = 8  # with more of them every combination is too much to try


def unreached(chain: Chain) -> frozenset[int]:
    """Return the places of the tracks that no message comes to: neither by `when` nor by any `then`."""
    tracks, places = chain.tracks, _places(chain)
    reached: set[int] = set()
    coming = _chosen(tracks)
    while coming:
        at = coming.pop()
        if at not in reached:
            reached.add(at)
            following = places.get(tracks[at].then or "")
            coming += [following] if following is not None else []
    return frozenset(range(len(tracks))) - reached


def circles(chain: Chain) -> Iterator[tuple[int, ...]]:
    """Yield every circle of `then`, as the places of its tracks, beginning with the first of them."""
    places = _places(chain)
    passed: set[int] = set()
    for start in range(len(chain.tracks)):
        way: list[int] = []
        at: int | None = start
        while at is not None and at not in passed:
            passed.add(at)
            way.append(at)
            at = places.get(chain.tracks[at].then or "")
        if at is not None and at in way:
            circle = way[way.index(at) :]
            first = circle.index(min(circle))
            yield (*circle[first:], *circle[:first])


def can_hold(condition: Condition | None) -> bool:
    """Whether there may be a message for which a condition holds."""
    return bool(_chosen((Track(None, when=condition),)))


def _places(chain: Chain) -> dict[str, int]:
    return {track.name: at for at, track in enumerate(chain.tracks) if track.name}


def _chosen(tracks: Sequence[Track]) -> list[int]:
    """Return the places of the tracks whose `when` may be the first to hold."""
    facts = _facts_of_first(tracks)
    left, known = set(_worlds(facts)), set(facts)
    found: list[int] = []
    for at, track in enumerate(tracks):
        when = track.when
        if when is None:
            return [*found, at] if left else found
        taken = {so for so in left if _holds(when, so)} if known.issuperset(facts_in(when)) else None
        if taken is None:  # nobody tried these facts
            found.append(at)
        elif taken:
            found.append(at)
            left -= taken
    return found


def _facts_of_first(tracks: Sequence[Track]) -> list[Holds]:
    """Return the facts that the first tracks speak of, as many as can be tried in every combination."""
    facts: dict[Holds, None] = {}
    for track in tracks:
        more = facts | dict.fromkeys(facts_in(track.when))
        if len(more) <= _FACTS_MAX:
            facts = more
    return list(facts)


def _worlds(facts: Sequence[Holds]) -> Iterator[frozenset[Holds]]:
    """Yield every combination of facts, those that exclude each other too: in doubt a track can be reached."""
    for count in range(len(facts) + 1):
        yield from map(frozenset, combinations(facts, count))


def facts_in(condition: Condition | None) -> Iterator[Holds]:
    """Yield every fact that a condition asks about."""
    if isinstance(condition, Holds):
        yield _fact(condition)
    elif isinstance(condition, AnyOf | AllOf):
        for one in condition.of:
            yield from facts_in(one)
    elif isinstance(condition, Not):
        yield from facts_in(condition.of)


def _fact(condition: Holds) -> Holds:
    """Return the fact that is asked for: that something is not so is no fact of its own."""
    return Holds(condition.word) if condition.value is False else condition


def _holds(condition: Condition, so: frozenset[Holds]) -> bool:
    if isinstance(condition, Holds):
        return (_fact(condition) in so) is not (condition.value is False)
    if isinstance(condition, AnyOf):
        return any(_holds(one, so) for one in condition.of)
    if isinstance(condition, AllOf):
        return all(_holds(one, so) for one in condition.of)
    return isinstance(condition, Not) and not _holds(condition.of, so)


def promised(condition: Condition | None) -> Mapping[Holds, bool]:
    """Return what is certain where a condition holds: facts that are so, and facts that are not."""
    if isinstance(condition, Holds):
        return {_fact(condition): condition.value is not False}
    if isinstance(condition, AllOf):
        return {fact: so for one in condition.of for fact, so in promised(one).items()}
    if isinstance(condition, AnyOf) and condition.of:
        first, *others = [promised(one) for one in condition.of]
        return {fact: so for fact, so in first.items() if all(other.get(fact) is so for other in others)}
    if isinstance(condition, Not) and isinstance(condition.of, Holds):
        return {_fact(condition.of): condition.of.value is False}
    return {}
