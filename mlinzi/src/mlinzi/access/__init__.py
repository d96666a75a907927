"""People, roles, grants, sign-in, and the approval of two."""
