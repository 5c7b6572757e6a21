"""What the chat page is made of, in one value for whoever makes the parts act together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from switchyard.ui.pages.chat.conversation_list import ConversationList
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.thread_column import ThreadColumn


@dataclass(frozen=True, slots=True)
class Parts:
    """The page, the list with its rows, and the column with header, thread and composer."""

    page: QWidget
    model: ConversationModel
    list: ConversationList
    column: ThreadColumn
