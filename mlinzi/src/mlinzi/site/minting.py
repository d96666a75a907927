"""Let the public site make numbers ahead of those who will need them."""

from django.conf import settings

from mlinzi.intake.minting import POOL
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process


def make_numbers_ahead() -> None:
    """Start the thread that fills the pool in idle time: in the public process only, where there are keys."""
    secret = keyring().receipt_secret if settings.PROCESS is Process.PUBLIC else None
    if secret is not None and settings.NUMBERS_AHEAD:
        POOL.fill_in_idle_time(secret, settings.NUMBERS_AHEAD)
