"""Why there is no backup, or why one is not restored."""


class BackupRefused(Exception):
    """Nothing was changed; the message (Chinese) is for the operator."""


class Damaged(BackupRefused):
    """The file is no whole backup; ``member`` is the part that is broken, where it can be told."""

    def __init__(self, message: str, member: str = "") -> None:
        super().__init__(message)
        self.member = member
