"""A field whose content only a key holder can read."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Bytes = models.BinaryField[bytes | bytearray | memoryview | None, bytes | memoryview]
else:
    _Bytes = models.BinaryField


class SealedField(_Bytes):
    """Sealed bytes (see `kinga.envelope`). Nothing opens it by itself: that goes through the vault.

    `tests/test_house.py` walks all models and refuses a free-text field that is neither sealed nor excused.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)
