"""The nightly check of the audit log, and the head that it publishes."""

import logging

from django.conf import settings

from kinga import auditlog
from mlinzi.audit import acts as audit
from mlinzi.kernel.clock import now

log = logging.getLogger(__name__)


def log_verifier() -> auditlog.Verifier:
    """The public half of the log's key, which every process may read."""
    return auditlog.Verifier.from_vkey((settings.KEYS / "shared" / "log.pub").read_text().strip())


def verify_log() -> int:
    """Check the whole log and publish its head. Says loudly when an entry was changed. Returns 0: nothing is
    left over."""
    result = audit.verify_and_publish(log_verifier(), now=now())
    if isinstance(result, auditlog.Break):
        log.critical("The audit log is broken at entry %s: %s", result.index, result.reason)
    else:
        log.info("The audit log holds: %s entries checked.", result.size)
    return 0
