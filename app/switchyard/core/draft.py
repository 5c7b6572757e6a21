"""What a person wrote and did not send yet: words, the files that go with them, and who alone is to answer them."""

from __future__ import annotations

from collections.abc import Iterable

from switchyard.core.content import StoredFile
from switchyard.core.media import LARGEST_FILE_BYTES
from switchyard.core.picks import PickKind
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value

MOST_FILES = 20


@value
class Draft:
    """Unsent words with their files, whose contents are kept already.

    `to` is what answers this message and no other; None leaves that to the chat. `local_only`: the chat that begins
    with it stays on this computer.
    """

    text: str = ""
    files: tuple[StoredFile, ...] = ()
    to: tuple[PickKind, str] | None = None
    local_only: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything that could be sent."""
        return bool(self.text.strip() or self.files)

    def after(self, earlier: Draft) -> Draft:
        """Return this draft behind an earlier one: its words on lines of their own, each file once, to whom it goes."""
        text = "\n".join(part for part in (earlier.text, self.text) if part.strip())
        files = tuple(dict.fromkeys((*earlier.files, *self.files)))
        return Draft(text, files, self.to or earlier.to, self.local_only or earlier.local_only)


def too_much(files: Iterable[StoredFile]) -> Sentence | None:
    """Return why so many files cannot go with one message; None where they can."""
    held = tuple(files)
    if len(held) > MOST_FILES:
        return sentence("A message takes {count} files at most.", count=MOST_FILES)
    if sum(file.size_bytes for file in held) > LARGEST_FILE_BYTES:
        return sentence("Together these files are larger than 32 MB. Leave one out.")
    return None
