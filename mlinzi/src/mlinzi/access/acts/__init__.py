"""Everything that can be done in this room. Each act is a recipe; the files go by noun."""

from mlinzi.access.acts.credentials import Given, end_credential, give_credential, page_program
from mlinzi.access.acts.deciding import decide, propose_restore, restore_factor
from mlinzi.access.acts.demonstration import enrol_demonstration
from mlinzi.access.acts.factors import add_app, add_passkey, remove_factor
from mlinzi.access.acts.invitations import (
    accept_invitation,
    invitation_of,
    invite,
    invite_again,
    invite_first,
    mint_invitation,
)
from mlinzi.access.acts.people import change_password, choose_language, end_person
from mlinzi.access.acts.proposals import propose, spend
from mlinzi.access.acts.roles import end_grant, give_role, load_roles
from mlinzi.access.acts.signing_in import (
    record_failed_sign_in,
    record_session_end,
    record_sign_in,
)
from mlinzi.access.acts.typed import give_typed_back, keep_typed, sweep_sessions, sweep_typed

__all__ = [
    "Given",
    "accept_invitation",
    "add_app",
    "add_passkey",
    "change_password",
    "choose_language",
    "decide",
    "end_credential",
    "end_grant",
    "end_person",
    "enrol_demonstration",
    "give_credential",
    "give_role",
    "give_typed_back",
    "invitation_of",
    "invite",
    "invite_again",
    "invite_first",
    "keep_typed",
    "load_roles",
    "mint_invitation",
    "page_program",
    "propose",
    "propose_restore",
    "record_failed_sign_in",
    "record_session_end",
    "record_sign_in",
    "remove_factor",
    "restore_factor",
    "spend",
    "sweep_sessions",
    "sweep_typed",
]
