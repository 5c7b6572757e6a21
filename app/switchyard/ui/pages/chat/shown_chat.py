"""What keys and buttons do with the chat that is shown, whichever that is."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from switchyard.ui.pages.chat.sessions import Sessions


class ShownChat:
    """Acts on the conversation that is shown at the moment of the act."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def stop(self) -> bool:
        """Stop the reply; return whether one was coming."""
        return self._sessions.shown.stop()

    def retry_last(self) -> None:
        """Ask for the last reply once more."""
        self._sessions.shown.retry()

    def toggle_route(self) -> None:
        """Show how a reply was routed, or no longer."""
        self._sessions.shown.view.toggle_route()

    def find(self) -> None:
        """Look for words in the thread; a chat that has not begun has none."""
        view = self._sessions.shown.view
        if view.isVisible():
            view.find_bar.open()

    def step_message(self, by: int) -> None:
        """Move the focus to another message."""
        self._sessions.shown.view.walk.step(by)

    def copy_last(self) -> None:
        """Put the last reply on the clipboard."""
        reply = self._sessions.shown.last
        if reply is not None and reply.text:
            QGuiApplication.clipboard().setText(reply.text)
