"""Part of a pack that governs how cases are shared: how long a guest's link lasts, how help can end."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlinzi.site.packs.basics import Claim, Id, Label, Many, Refers, Strict

AnswerId = Annotated[Id, Refers("answers")]


class ReferralOutcome(Claim):
    """How a referral can end when help was given. answers: ready-made sentences that fit, for the child."""

    id: Id
    label: Label
    answers: Many[AnswerId]


class GuestLink(Claim):
    """How many hours the link lives by which an organisation without account answers."""

    hours: Annotated[int, Field(ge=1, le=24 * 31)]


class Review(Claim):
    """Within how many hours a second person looks at what left at once, because a child was in danger."""

    hours: Annotated[int, Field(ge=1, le=72)]


class Entry(Claim):
    """After how many days an organisation is asked whether its entry in the directory is still right."""

    days: Annotated[int, Field(ge=7, le=3 * 365)]


class Sharing(Strict):
    """`sharing.yaml`."""

    review: Review
    entry: Entry
    guest_link: GuestLink
    outcomes: Annotated[Many[ReferralOutcome], Field(min_length=1)]
