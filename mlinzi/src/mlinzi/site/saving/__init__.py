"""A whole installation in one sealed file, and back. `docs/keys.md` says who can open it."""
