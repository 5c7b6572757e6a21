"""What a server that keeps models on its own disk tells of them, as values; the names are those of Ollama."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.value import value


@value
class InstalledModel:
    """A model that is there. `parameters` is how large it is (`8.0B`), `quantisation` how its numbers are kept.

    `cloud`: only its name is here, it runs at the vendor. Unknown is None.
    """

    name: str
    size_bytes: int | None = None
    parameters: str | None = None
    quantisation: str | None = None
    family: str | None = None
    cloud: bool = False


@value
class LoadedModel:
    """A model in memory. `gpu_bytes` of `memory_bytes` lie in the graphics card's; `until` is when it is let go.

    `until` is in seconds of the epoch, None where that is not told.
    """

    name: str
    memory_bytes: int | None = None
    gpu_bytes: int | None = None
    context: int | None = None
    until: float | None = None


class PullStage(StrEnum):
    """Where a pull stands."""

    STARTING = "starting"
    DOWNLOADING = "downloading"
    CHECKING = "checking"
    FINISHING = "finishing"
    WAITING = "waiting"  # the connection broke; it goes on in a moment
    DONE = "done"


@value
class PullStep:
    """One message of a pull: its stage, and how much of a layer is there."""

    stage: PullStage
    layer: str | None = None
    done_bytes: int = 0
    total_bytes: int = 0


@value
class PullProgress:
    """How far a pull is, over all layers that are known so far."""

    stage: PullStage
    done_bytes: int = 0
    total_bytes: int = 0

    @property
    def percent(self) -> int | None:
        """Return the whole per cent that are there; None while no size is known."""
        if self.stage is PullStage.DONE:
            return 100
        return min(self.done_bytes * 100 // self.total_bytes, 100) if self.total_bytes else None


class PullTally:
    """Adds the layers of a pull up, also over a connection that broke: what was there once is not taken back."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}

    @property
    def done_bytes(self) -> int:
        """How much is there."""
        return sum(done for done, _ in self._layers.values())

    def add(self, step: PullStep) -> PullProgress:
        """Take a message of the pull; return how far it is."""
        if step.layer is not None:
            done, total = self._layers.get(step.layer, (0, 0))
            total = max(total, step.total_bytes)
            self._layers[step.layer] = (min(max(done, step.done_bytes), total), total)
        return PullProgress(step.stage, self.done_bytes, sum(total for _, total in self._layers.values()))
