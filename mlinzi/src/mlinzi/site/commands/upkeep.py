"""`mlinzi migrate|check|fsck|audit verify|first-administrator`."""

import argparse
import json
import sys

from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

from kinga import auditlog
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.site import installing
from mlinzi.site.environment import state_folder
from mlinzi.site.installing import OWNER, existing, owner_connection
from mlinzi.site.showing import Watch, counted, progress


def say(console: Console, sentence: str, style: str = "") -> None:
    """Print a sentence as it is, however narrow the terminal: others read it line by line."""
    console.print(Text(sentence, style=style), soft_wrap=True)


def migrate(_arguments: argparse.Namespace, console: Console) -> int:
    """Bring tables, keys and roles to what this version needs. May be repeated; sites may run meanwhile."""
    state = state_folder()
    with owner_connection(state) as owner_url:
        installing.migrate(state, owner_url, lambda line: say(console, line))
    say(console, "Tables, keys and roles are up to date.")
    return 0


def rotate(arguments: argparse.Namespace, console: Console) -> int:
    """Make the next key of a kind: 1. write it, 2. give the files to their accounts, 3. record."""
    state = state_folder()
    with existing(state):
        from mlinzi.audit import acts as audit
        from mlinzi.site.accounts import own_folders
        from mlinzi.site.rotating import rotate as rotate_key

        made = rotate_key(state / "keys", arguments.kind)
        own_folders(state)
        audit.record("site.key.rotate", "site.key", made, by=OWNER, now=now())
    say(console, f"The key {made} is made. Start `mlinzi run` anew, so that every process seals with it.")
    return 0


def check(arguments: argparse.Namespace, console: Console) -> int:
    """Say what is unsafe, a sentence each. Code 1: something must not stay as it is; warnings alone are 0."""
    state = state_folder()
    with existing(state):
        from mlinzi.site.safety.checking import all_findings

        found = list(all_findings(state, now=now()))
    refusals = [finding for finding in found if finding.refuses]
    warnings = [finding for finding in found if not finding.refuses]
    if arguments.json:
        lists = {"refusals": refusals, "warnings": warnings}
        answer = {name: [{"code": f.code, "sentence": f.sentence} for f in fs] for name, fs in lists.items()}
        console.print_json(json.dumps({"safe": not refusals, **answer}))
        return 1 if refusals else 0
    for finding in refusals:
        say(console, f"UNSAFE   {finding.sentence}", "bold red")
    for finding in warnings:
        say(console, f"warning  {finding.sentence}", "yellow")
    if refusals:
        say(console, f"To be mended before this installation is used: {len(refusals)}.", "bold")
        return 1
    say(console, "Nothing unsafe was found." if not warnings else "Nothing that must stop it was found.")
    return 0


def fsck(arguments: argparse.Namespace, console: Console) -> int:
    """Compare records, sealed files and the log. Code 1: something does not fit."""
    state = state_folder()
    with existing(state):
        from mlinzi.site import fsck as checking

        with progress(console) as watch:
            found = list(checking.troubles(state / "vault", state / "door", now=now(), watch=watch))
            unnamed = checking.orphans(state / "vault", state / "door", now=now())
        for trouble in (*found, *checking.orphan_troubles(unnamed)):
            say(console, trouble.sentence, "bold red" if trouble in found else "yellow")
        if unnamed and arguments.sweep and (arguments.yes or _agrees(console, len(unnamed))):
            checking.sweep(unnamed, by=OWNER, now=now())
            say(console, f"Files that nothing named, taken away: {len(unnamed)}.")
            unnamed = []
    if unnamed:
        say(console, "A kill may have left these files; `mlinzi fsck --sweep` takes them away.")
        say(console, "Many of them mean that the database is older than the files: sweep nothing then.")
    if found or unnamed:
        return 1
    say(console, "Records, sealed files and the log fit together.")
    return 0


def _agrees(console: Console, files: int) -> bool:
    """Ask whoever sits there. Nobody there is a no."""
    if not sys.stdin.isatty():
        raise Refused(["Nobody can be asked here; give --yes as well to sweep without asking."])
    return Confirm.ask(f"Take these {files} files away for good?", console=console, default=False)


def audit_verify(_arguments: argparse.Namespace, console: Console) -> int:
    """Check every entry and every signed head, and publish the head. Code 1: the log is not whole."""
    with existing(state_folder()):
        with progress(console) as watch:
            result = verified(watch)
        return tell_verified(result, console)


def verified(watch: Watch) -> auditlog.Break | auditlog.Verified:
    """Check the whole log and publish the head that was reached. Raises `Refused` for an empty log."""
    from mlinzi.audit import acts, reads
    from mlinzi.site.nightly import log_verifier

    total = reads.numbered_count()
    if not total:
        raise Refused(["The audit log has no numbered entry yet, so there is nothing to verify."])
    entries = counted(reads.log_entries(), "entries", total, watch)
    return acts.verify_and_publish(log_verifier(), now=now(), entries=entries)


def tell_verified(result: auditlog.Break | auditlog.Verified, console: Console) -> int:
    """Say how a check of the log ended; return the exit code."""
    if isinstance(result, auditlog.Break):
        say(console, f"The audit log is broken at entry {result.index}: {result.reason}.", "bold red")
        say(console, "Keep this database as it is, make no backup over an older one, and tell who audits.")
        return 1
    say(
        console,
        f"The audit log is whole: {result.size} entries, {result.signed_size} of them under a signed head.",
    )
    say(console, f"Its root is {result.root.hex()}.")
    return 0


def first_administrator(arguments: argparse.Namespace, console: Console) -> int:
    """Invite an administrator while fewer than two people can approve; show the address, once."""
    with existing(state_folder()):
        from mlinzi.site.beginning import invite_first

        address = invite_first(
            name=arguments.name,
            email=arguments.email,
            organisation_id=arguments.organisation,
            role_id=arguments.role,
            now=now(),
        )
    say(
        console,
        "Open this address within seven days and choose a password. It is shown only now, works once,",
    )
    say(console, "and opens the house to whoever has it:")
    say(console, address, "bold")
    say(console, "Heavy things take two people: call this command once more for the second one.")
    return 0
