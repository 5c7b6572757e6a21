"""What a plan would do with a prompt now: who is next, who comes after, and who is passed over and why."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.chain import Chain
from switchyard.core.condition import Circumstances
from switchyard.core.guard import Guard
from switchyard.core.moves import Candidate
from switchyard.core.places import Lineup
from switchyard.core.route import SkipReason
from switchyard.core.value import value


@value
class Prospect:
    """A deployment in the order in which it would be called; `skipped` is why it would not, `rank` from 1 else."""

    candidate: Candidate
    rank: int | None
    skipped: SkipReason | None = None


@value
class Outline:
    """What would happen: `stop` is the sentence of a track that refuses."""

    prospects: tuple[Prospect, ...]
    stop: str | None = None

    @property
    def steps(self) -> Sequence[Sequence[Candidate]]:
        """Who would be called, step by step."""
        pools: dict[tuple[str | None, int], list[Candidate]] = {}
        for prospect in self.prospects:
            if prospect.rank is not None:
                one = prospect.candidate
                pools.setdefault((one.track, one.index), []).append(one)
        return list(pools.values())


def explain(
    chain: Chain,
    candidates: Sequence[Candidate],
    guard: Guard,
    circumstances: Circumstances,
    *,
    prompt_tokens: int,
    pinned: bool,
    now: float,
) -> Outline:
    """Walk over a chain as a plan would that meets nothing but failures. Nobody is called."""
    lineup = Lineup(
        chain,
        candidates,
        guard,
        circumstances,
        prompt_tokens=prompt_tokens,
        pinned=pinned,
        tried=frozenset(),
        overflow_answer=None,
    )
    prospects: list[Prospect] = []
    while len(prospects) < chain.limits.calls and (place := next(lineup.admitted(now), None)) is not None:
        place.fresh = False
        place.stage.calls += 1
        lineup.anybody_called = True
        prospects.append(Prospect(place.candidate, len(prospects) + 1))
    skipped = {(skip.step, skip.deployment): skip.reason for skip in lineup.skipped}
    prospects += [
        Prospect(place.candidate, None, skipped[key])
        for place in lineup.places
        if (key := (place.candidate.index, place.candidate.deployment.name)) in skipped
    ]
    return Outline(tuple(prospects), lineup.stop if not lineup.stages else None)
