"""The errors a person can act on; a provider's failure is data instead (`core.failures`)."""

from __future__ import annotations

from switchyard.core.sentence import Sentence, sentence


class SwitchyardError(Exception):
    """The root of everything this program raises on purpose."""


class UserError(SwitchyardError):
    """Something a person can understand and mend: what happened, and what to do about it.

    `title` says what happened, `hint` what to do. `exit_code` is the command line's (docs/interfaces).
    """

    exit_code = 2

    def __init__(self, title: Sentence, hint: Sentence | None = None) -> None:
        super().__init__(title.english() if hint is None else f"{title.english()} {hint.english()}")
        self.title = title
        self.hint = hint


class UnknownName(UserError):
    """A chain, account, model or conversation that is not there."""


class NameTaken(UserError):
    """An account or chain of that name exists already."""


class ChainInvalid(UserError):
    """A chain that cannot be used as it is written; the title names line and key where there is one."""


class KeyringUnavailable(UserError):
    """The operating system offers no keyring that keeps what it is given."""


class DataDirError(UserError):
    """The data directory cannot be used; nothing was sent."""

    exit_code = 6


class StorageFull(DataDirError):
    """There is no room left where the database lives."""

    def __init__(self) -> None:
        super().__init__(
            sentence("The disk is full, so your words could not be saved."),
            sentence("Free some space, then try again. Nothing was sent."),
        )


class DatabaseLocked(DataDirError):
    """Another program held the database for longer than five seconds.

    `opening`: it could not even be opened, so nobody had anything to send yet.
    """

    def __init__(self, *, opening: bool = False) -> None:
        sending = sentence("Close the other program, then try again. Nothing was sent.")
        super().__init__(
            sentence("The database is locked by another program."),
            sentence("Close the other program, then try again.") if opening else sending,
        )


class NewerDatabase(DataDirError):
    """The database was written by a newer version of this program."""

    def __init__(self) -> None:
        super().__init__(
            sentence("This data directory belongs to a newer version of Switchyard."),
            sentence("Update Switchyard, or use another data directory."),
        )
