"""Questions about reports, mailboxes and what the door says. This is the door to them."""

from mlinzi.intake.reads.boxes import BoxView, Told, box_view
from mlinzi.intake.reads.contacts import ContactDay, contacts_by_day
from mlinzi.intake.reads.desk import (
    DoorState,
    SealedWord,
    categories,
    category_named,
    door_state,
    has_files,
    sealed_answers,
    sealed_details,
    sealed_texts,
    sealed_words,
    unread_words,
    untold_words,
    without_case,
)
from mlinzi.intake.reads.door import (
    DoorWords,
    Near,
    Number,
    counted,
    door_words,
    is_flooded,
    own_name,
    public_categories,
    setting,
    told_words,
)
from mlinzi.intake.reads.drafts import draft_of

__all__ = [
    "BoxView",
    "ContactDay",
    "DoorState",
    "DoorWords",
    "Near",
    "Number",
    "SealedWord",
    "Told",
    "box_view",
    "categories",
    "category_named",
    "contacts_by_day",
    "counted",
    "door_state",
    "door_words",
    "draft_of",
    "has_files",
    "is_flooded",
    "own_name",
    "public_categories",
    "sealed_answers",
    "sealed_details",
    "sealed_texts",
    "sealed_words",
    "setting",
    "told_words",
    "unread_words",
    "untold_words",
    "without_case",
]
