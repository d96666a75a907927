"""Acting in a test as one of the processes: with its database role and its keys, and nothing else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import override_settings
from psycopg import sql

from mlinzi.site.environment import Process
from mlinzi.site.roles import role_name


def owner_url() -> str:
    """The owner's connection to the database of this test."""
    name = str(connection.settings_dict["NAME"])
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def acting_as(process: Process) -> Iterator[None]:
    """Inside, every statement is judged by the rights of this process's role, and `keyring()` is its own."""
    role = role_name(str(connection.settings_dict["NAME"]), process)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    public = process is Process.PUBLIC
    site = {
        "MIDDLEWARE": settings.PUBLIC_MIDDLEWARE if public else settings.STAFF_MIDDLEWARE,
        "ROOT_URLCONF": "mlinzi.site.urls_public" if public else "mlinzi.site.urls_staff",
        "FILE_UPLOAD_HANDLERS": settings.PUBLIC_UPLOADS if public else settings.STAFF_UPLOADS,
    }
    try:
        with override_settings(PROCESS=process, **site):
            yield
    finally:
        # A broken transaction takes no more statements; its end takes the role away as well.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
