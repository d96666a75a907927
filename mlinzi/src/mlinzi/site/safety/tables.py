"""Whether the tables are those of this version."""

from collections.abc import Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mlinzi.site.safety.findings import Finding, refusal


def table_findings() -> Iterator[Finding]:
    """Steps of the schema that were not taken yet. Refuses."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield refusal("tables", f"The tables lack {len(plan)} steps of this version. Run `mlinzi migrate`.")
