"""Load what a pack says about sharing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.casework.models import ReferralOutcome, SharingTerm
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.packed import Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@transaction.atomic
def load_sharing(*, outcomes: Rows, terms: Rows, by: Actor, now: datetime) -> Loaded:
    """Load how referrals can end and how long links last: 1. load, 2. record."""
    loaded = load_rows(ReferralOutcome, outcomes)
    loaded += load_rows(SharingTerm, terms)
    if loaded.added or loaded.changed:
        audit.record(
            "casework.pack.load",
            "casework.referraloutcome",
            "-",
            by=by,
            now=now,
            details={
                "added": len(loaded.added),
                "changed": len(loaded.changed),
                "kept": len(loaded.kept),
            },
        )
    return loaded
