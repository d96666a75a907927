"""The controls that `tests/sabotage.py` takes away, each with the tests that must notice."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"

SABOTAGES = (
    Sabotage(
        "open before it is recorded",
        f"{SRC}/audit/acts.py",
        "    with transaction.atomic(durable=True):\n        return record(action",
        "    with transaction.atomic():\n        return record(action",
        f"{SRC}/audit/tests",
    ),
    Sabotage(
        "the log takes free text",
        f"{SRC}/audit/acts.py",
        "if reasons := rules.why_not_recordable(details or {}):",
        "if reasons := []:",
        f"{SRC}/audit/tests",
    ),
    Sabotage(
        "entries can be changed",
        f"{SRC}/audit/migrations/0002_append_only.py",
        "RAISE EXCEPTION 'The audit log is only ever added to.';",
        "RETURN COALESCE(NEW, OLD);",
        f"{SRC}/audit/tests",
    ),
)
