"""Has Markdown read: what reads it is loaded in a thread, and so are long texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.seams import SeamAt, SeamedReader, read_with_seams
from switchyard.ui.transcript.markdown.stream import StreamReader

if TYPE_CHECKING:
    from switchyard.ui.transcript.markdown.reader import Reader

_AT_ONCE = 3_000
_EVERYTHING = """# Head https://a.example mailto:a@b.example //c.example x@d.example www.e.example ~~f~~ **g** *h* `i`

- [ ] $j$ [k](http://l.example "m") ![n](http://o.example) <http://p.example> &amp; \\* [^q]
  1. r\\
     s

> t

| u | v |
|---|---|
| w | x |

```python
y
```

$$
z
$$

***

[^q]: note
"""

Blocks = tuple[Block, ...]
Verdict = TypeVar("Verdict")


@dataclass(frozen=True, slots=True)
class _Readers:
    """Two of the same, since one must not be used by two threads at once."""

    here: Reader
    there: Reader


def _load_readers() -> _Readers:
    """Import what reads Markdown; called in the thread, since it takes longer than a frame.

    A text with something of everything is read once: what each rule needs is made when it is first used, which takes
    as long as loading them.
    """
    from switchyard.ui.transcript.markdown.reader import Reader

    readers = _Readers(Reader(), Reader())
    for reader in (readers.here, readers.there):
        reader.read(_EVERYTHING)
    return readers


class Reading(QObject):
    """Nothing is loaded before it is first asked for; `ready` comes once."""

    ready = Signal()

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._readers: _Readers | None = None
        self._asked = False

    def prepare(self) -> None:
        """Begin to load, if that has not begun."""
        if not self._asked:
            self._asked = True
            self._background.compute(_load_readers, self._on_loaded)

    def stream(self) -> SeamedReader | None:
        """Return a reader for a text that is still coming; None before everything is loaded."""
        return SeamedReader(StreamReader(self._readers.here)) if self._readers is not None else None

    def read(
        self,
        text: str,
        seams: Sequence[SeamAt],
        at_once: Callable[[Blocks], None] | None,
        later: Callable[[Blocks], None],
    ) -> None:
        """Hand over the blocks of a whole text with its seams: at once where that is wanted and quick, else later.

        Both happens in the window's thread.
        """
        readers = self._readers
        if readers is None:
            return
        if at_once is not None and len(text) <= _AT_ONCE:
            at_once(read_with_seams(readers.here, text, seams))
        else:
            self._background.compute(lambda: read_with_seams(readers.there, text, seams), later)

    def judge(
        self,
        texts: Sequence[tuple[str, Sequence[SeamAt]]],
        judge: Callable[[int, Callable[[], Blocks]], Verdict],
        then: Callable[[Sequence[Verdict]], None],
    ) -> None:
        """Have texts judged in the thread; a judge is given the number of one, and reads it where that is needed."""
        readers = self._readers

        def read(at: int) -> Blocks:
            return read_with_seams(readers.there, *texts[at]) if readers is not None else ()

        self._background.compute(lambda: [judge(at, partial(read, at)) for at in range(len(texts))], then)

    def _on_loaded(self, readers: _Readers) -> None:
        self._readers = readers
        self.ready.emit()
