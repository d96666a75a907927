"""Those who hold keys and open wrappings with them.

``MemoryKeys`` is both the fake for tests and the plain holder for a program that got its keys from elsewhere;
``kinga.envelope.keyfile.FileKeys`` reads them from a file.
"""

from typing import Protocol

from kinga.envelope.keys import HeldKey, Stanza
from kinga.envelope.wrap import unwrap_with


class KeyHolder(Protocol):
    """Whoever can unwrap data keys: a file, memory, a key service, a hardware module."""

    def unwrap(self, stanza: Stanza, context: bytes) -> bytes | None:
        """Return the data key of 32 bytes, or None when the stanza is for none of our keys.

        Raises Tampered when it is for one of them, but does not open with this context.
        """


class MemoryKeys:
    """Holds the keys that it is given. Raises ValueError when two of them share an id."""

    def __init__(self, *keys: HeldKey) -> None:
        self._keys = {key.key_id: key for key in keys}
        if len(self._keys) != len(keys):
            raise ValueError("Two keys have the same id. Give every key an id of its own.")

    def __repr__(self) -> str:
        return f"MemoryKeys({', '.join(self._keys)})"

    def unwrap(self, stanza: Stanza, context: bytes) -> bytes | None:
        """See KeyHolder."""
        return unwrap_with(self._keys.get(stanza.key_id), stanza, context)
