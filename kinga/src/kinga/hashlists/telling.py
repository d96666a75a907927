"""How readers tell what they met."""

from collections.abc import Callable

from kinga.hashlists.errors import Remark

Tell = Callable[[Remark], None]


def nobody(_: Remark) -> None:
    """For callers that do not ask."""
