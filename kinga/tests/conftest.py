"""What the tests share: settings, vectors, and three keys.

The desk takes reports in (a public key), the records office keeps them (a numbered key), and a stranger
holds a key that opens nothing here.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kinga.envelope import PrivateKey, SymmetricKey

# No deadlines: on a busy machine a slow example says nothing about the code.
settings.register_profile("kinga", deadline=None)
settings.load_profile("kinga")

VECTORS = Path(__file__).parent.parent / "vectors"


@pytest.fixture(scope="session")
def envelope_vectors() -> dict[str, Any]:
    """The sealed objects that must open for ever, and those that must never open."""
    return _load("envelope-v1.json")


@pytest.fixture(scope="session")
def auditlog_vectors() -> dict[str, Any]:
    """Published trees, notes and canonical texts."""
    return _load("auditlog.json")


@pytest.fixture(scope="session")
def desk() -> PrivateKey:
    """The desk that takes reports in."""
    return PrivateKey.generate("desk:1")


@pytest.fixture(scope="session")
def records() -> SymmetricKey:
    """The records office."""
    return SymmetricKey.generate("records:3")


@pytest.fixture(scope="session")
def stranger() -> PrivateKey:
    """Somebody for whom nothing is sealed."""
    return PrivateKey.generate("stranger:1")


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return loaded
