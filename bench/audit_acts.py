"""What the processes of `bench.audit` do; imported when Django is ready."""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable

from django.db import connection, transaction

from kinga import auditlog
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import EntryFacts, leaf_data
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.clock import now
from mlinzi.kernel.ids import new_id
from mlinzi.site.nightly import log_verifier

BY = Actor(ActorKind.PERSON, str(new_id()))
ACTION, OBJECT = "casework.case.see", "casework.case"


def peak_mebibytes() -> float:
    """This process's peak memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@transaction.atomic
def write() -> None:
    """One entry, as every act writes it."""
    audit.record(ACTION, OBJECT, new_id(), by=BY, now=now(), purpose="triage", details={"fields": 2})


@transaction.atomic
def chain() -> None:
    """The same entry in a chain: whoever writes holds the last hash until the commit, and all others wait."""
    entry = EntryFacts(
        str(new_id()), now(), BY.kind, BY.id, "", ACTION, OBJECT, str(new_id()), "triage", {"fields": 2}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM bench_chain_head WHERE one FOR UPDATE")
        digest = hashlib.sha256(bytes(cursor.fetchone()[0]) + leaf_data(entry)).digest()
        cursor.execute(
            "INSERT INTO bench_chain VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                entry.id,
                entry.at,
                entry.actor_kind,
                entry.actor_id,
                entry.organisation,
                entry.action,
                entry.object_type,
                entry.object_id,
                entry.purpose,
                json.dumps(dict(entry.details)),
                digest,
            ],
        )
        cursor.execute("UPDATE bench_chain_head SET hash = %s WHERE one", [digest])


def repeated(act: Callable[[], None], seconds: float) -> dict[str, float]:
    """Say that we are ready, wait for the word, then do it again and again for so many seconds.

    The first one does not count, and all writers begin together: else the slow start of one would be
    measured as the speed of the others.
    """
    act()
    print("ready", flush=True)
    sys.stdin.readline()
    took = []
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        act()
        took.append(time.monotonic() - began)
    took.sort()
    return {"count": len(took), "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]}


def verify() -> dict[str, object]:
    """Check the whole log, counting time and peak memory."""
    began = time.monotonic()
    found = audit.verify_and_publish(log_verifier(), now=now())
    whole = isinstance(found, auditlog.Verified)
    return {
        "whole": whole,
        "size": found.size if isinstance(found, auditlog.Verified) else found.index,
        "seconds": time.monotonic() - began,
        "peak": peak_mebibytes(),
    }
