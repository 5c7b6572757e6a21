"""What a person wants done with the conversations of the list, told by its rows, menus and bar alike."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class ListWishes(QObject):
    """Chats are named by lists of their ids.

    `filed` carries them with a `Change`. `folder_wanted`, `tag_wanted` and `workspace_wanted` carry those for which a
    new one is to be made, and named by the person. `viewed` carries the `View` that is to be listed. `erasure_wanted`
    carries those that are to be deleted for good; none means all that are in the bin.
    """

    filed = Signal(object, object)
    folder_wanted = Signal(object)
    tag_wanted = Signal(object)
    workspace_wanted = Signal(object)
    folder_folded = Signal(str, bool)
    folder_moved = Signal(str, int)
    renaming_wanted = Signal(str)
    removed = Signal(str)
    viewed = Signal(object)
    erasure_wanted = Signal(object)
