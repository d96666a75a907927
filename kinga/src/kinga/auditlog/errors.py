"""What can go wrong, named by whose turn it is. The docstring of a class is its message."""


class AuditLogError(Exception):
    """The audit log refuses this."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.__doc__} {detail}".rstrip())


class NotCanonical(AuditLogError, ValueError):
    """This entry has no canonical form. Use text, whole numbers below 2**53, bool, None, lists, objects."""


class BadSignature(AuditLogError):
    """The note is not signed by the expected key. Do not use it; ask the log's keeper for the right one."""


class MalformedNote(AuditLogError):
    """This is not a signed checkpoint. Check where it came from."""


class MalformedKey(AuditLogError, ValueError):
    """This is not a key for signed notes. Check the text, and that it was copied whole."""
