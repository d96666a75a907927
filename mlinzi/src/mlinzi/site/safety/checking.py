"""All of it together."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import OurTurn
from mlinzi.site.accounts import process_accounts
from mlinzi.site.keys import CONNECTION
from mlinzi.site.rights import RIGHTS
from mlinzi.site.roles import role_name
from mlinzi.site.safety.database import (
    connection_findings,
    server_findings,
    settings_of_server,
    weak_commits,
)
from mlinzi.site.safety.findings import Finding, refusal
from mlinzi.site.safety.grants import grant_findings
from mlinzi.site.safety.keyfiles import content_findings, file_findings, folder_findings
from mlinzi.site.safety.setup import setup_findings, setup_of
from mlinzi.site.safety.tables import table_findings
from mlinzi.site.safety.work import machine_findings, work_findings


def all_findings(state: Path, *, now: datetime) -> Iterator[Finding]:
    """Look at everything, as the owner. What cannot be looked at while tables are missing is left out."""
    database = str(connection.settings_dict["NAME"])
    roles = {role_name(database, process): state / "keys" / process / CONNECTION for process in RIGHTS}
    yield from server_findings(settings_of_server(), weak_commits(list(roles)))
    yield from connection_findings(roles, database)
    yield from file_findings(state / "keys", process_accounts(state))
    yield from content_findings(state / "keys")
    yield from folder_findings(state)
    yield from machine_findings(state)
    missing = list(table_findings())
    yield from missing
    yield from grant_findings()
    if missing:
        return
    yield from _country_findings()
    yield from setup_findings(setup_of(settings, demonstration=directory.is_demonstration()))
    yield from work_findings(now=now)


def _country_findings() -> Iterator[Finding]:
    try:
        directory.country()
    except OurTurn:
        yield refusal(
            "pack", "No country pack is loaded. Run `mlinzi run` with --pack and the country's folder."
        )
