"""A field whose content only a key holder can read."""

from typing import Any

from django.db import models


class SealedField(models.BinaryField):
    """Sealed bytes (see `kinga.envelope`). Nothing opens it by itself: that goes through the vault.

    `tests/test_house.py` walks all models and refuses a free-text field that is neither sealed nor excused.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)
