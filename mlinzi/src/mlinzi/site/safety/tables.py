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
        yield refusal(
            "tables", f"Steps of this version that the tables lack: {len(plan)}. Run `mlinzi migrate`."
        )
