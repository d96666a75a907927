"""Times that a table of the door may hold."""

from datetime import UTC, datetime

from django.db import models

from mlinzi.intake.rules.provider import FIRST_MOMENT

SOUND_TIMES = (FIRST_MOMENT, datetime(2200, 1, 1, tzinfo=UTC))


def sound_times(name: str, *fields: str) -> models.CheckConstraint:
    """The database knows times that Python does not, such as "infinity". One of them, written by whoever has
    taken over the door, would stop the worker at every batch.
    """
    sound = models.Q(**{f"{field}__range": SOUND_TIMES for field in fields})
    return models.CheckConstraint(condition=sound, name=name)
