"""What this room's pages ask for."""

from enum import StrEnum


class Action(StrEnum):
    ORGANISATION_SEE = "directory.organisation.see"
