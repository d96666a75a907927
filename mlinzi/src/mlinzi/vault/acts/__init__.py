"""Seal, and open after it was recorded: named fields, files, blind indexes. This is the door."""

from mlinzi.vault.acts.bearers import (
    open_for_bearer,
    seal_for_bearer,
    seal_from_reporter,
    seal_to_mailbox,
    wrap_for_desk,
)
from mlinzi.vault.acts.door import UnsoundMeta, adopt, discard, meta_of
from mlinzi.vault.acts.files import MissingBody, OpenedFile, open_file, seal_file, store_file
from mlinzi.vault.acts.terms import index_terms
from mlinzi.vault.acts.texts import (
    open_all,
    open_for_guest,
    open_for_reporter,
    open_for_work,
    open_own,
    open_texts,
    rewrap,
    seal_for_reporter,
    seal_for_worker,
    seal_text,
)
from mlinzi.vault.rules import NoKey

__all__ = [
    "MissingBody",
    "NoKey",
    "OpenedFile",
    "UnsoundMeta",
    "adopt",
    "discard",
    "index_terms",
    "meta_of",
    "open_all",
    "open_file",
    "open_for_bearer",
    "open_for_guest",
    "open_for_reporter",
    "open_for_work",
    "open_own",
    "open_texts",
    "rewrap",
    "seal_file",
    "seal_for_bearer",
    "seal_for_reporter",
    "seal_for_worker",
    "seal_from_reporter",
    "seal_text",
    "seal_to_mailbox",
    "store_file",
    "wrap_for_desk",
]
