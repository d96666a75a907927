"""The one process that numbers entries. It alone holds the log's signing key.

No act waits for another: acts insert entries side by side, and this process gives them their places within a
second. One sequencer at a time is ensured by a lock of the database session, not by hope.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from kinga import auditlog
from mlinzi.audit.models import Checkpoint, Entry, Numbered, Waiting
from mlinzi.audit.reads import facts_of
from mlinzi.audit.rules import leaf_data
from mlinzi.kernel.errors import OurTurn

LOCK = 0x6D6C_696E_7A69  # "mlinzi"
CHECKPOINT_EVERY = timedelta(seconds=10)


class SpoiledFrontier(OurTurn):
    """The log's newest signed head and the stored frontier disagree. Somebody changed the database; run
    `mlinzi audit verify` and call the keepers before anything else is numbered."""


class Sequencer:
    """Numbers waiting entries and signs the head of the log.

    Args:
        signer: signs checkpoints; its name is the log's name.
        verifier: the public half, to check what an earlier sequencer signed before going on from it.
    """

    def __init__(self, signer: auditlog.Signer, verifier: auditlog.Verifier) -> None:
        self._signer = signer
        self._verifier = verifier
        self._frontier = auditlog.Frontier()
        self._signed_size = -1
        self._signed_at: datetime | None = None

    def take_office(self) -> bool:
        """Take the lock that only one sequencer holds. False: another one is at work."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            row = cursor.fetchone()
        if not row or not row[0]:
            return False
        self.resume()
        return True

    def resume(self) -> None:
        """Go on from the newest checkpoint, adding the leaves numbered after it.

        Raises `SpoiledFrontier` when the stored frontier is not the one that was signed: going on from it
        would
        put our signature under somebody else's log.
        """
        last = Checkpoint.objects.order_by("-size").first()
        self._frontier = auditlog.Frontier.from_bytes(bytes(last.frontier)) if last else auditlog.Frontier()
        self._signed_size = last.size if last else -1
        if last:
            signed = auditlog.read_checkpoint(last.note, self._verifier)
            if (signed.size, signed.root) != (self._frontier.size, self._frontier.root()):
                raise SpoiledFrontier
        after = Numbered.objects.filter(index__gte=self._frontier.size).order_by("index")
        for leaf in after.values_list("leaf", flat=True).iterator():
            self._frontier.append(bytes(leaf))

    def number(self, *, limit: int = 5000) -> int:
        """Number the entries that wait, oldest arrival first.

        1. read what waits, 2. compute leaves on a copy of the frontier, 3. write places and take the waiting
        rows away in one transaction, 4. only then keep the new frontier: a failed commit must not move it.

        Returns how many were numbered.
        """
        frontier = auditlog.Frontier.from_bytes(self._frontier.to_bytes())
        with transaction.atomic():
            waiting = list(Waiting.objects.order_by("arrival").values_list("entry_id", flat=True)[:limit])
            if not waiting:
                return 0
            entries = Entry.objects.in_bulk(waiting)
            places = []
            for entry_id in waiting:
                leaf = auditlog.leaf_hash(leaf_data(facts_of(entries[entry_id])))
                places.append(Numbered(index=frontier.size, entry_id=entry_id, leaf=leaf))
                frontier.append(leaf)
            Numbered.objects.bulk_create(places)
            Waiting.objects.filter(entry_id__in=waiting).delete()
        self._frontier = frontier
        return len(waiting)

    def sign_head(self, *, now: datetime, force: bool = False) -> bool:
        """Sign the head when it has grown and ten seconds have passed (or at once with `force`)."""
        due = self._signed_at is None or now - self._signed_at >= CHECKPOINT_EVERY
        if self._frontier.size == self._signed_size or not (due or force):
            return False
        head = auditlog.Checkpoint(self._signer.name, self._frontier.size, self._frontier.root())
        Checkpoint.objects.create(
            size=head.size,
            note=auditlog.sign_checkpoint(head, self._signer),
            frontier=self._frontier.to_bytes(),
            at=now,
        )
        self._signed_size, self._signed_at = head.size, now
        return True
