"""Controls of the companies' room that `tests/sabotage.py` takes away."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"
TESTS = f"{SRC}/industry/tests"

INDUSTRY = (
    Sabotage(
        "a program reports for real before its tests were passed",
        f"{SRC}/access/acts/credentials.py",
        "    if live and provider.ready_at is None:\n",
        "    if False:\n",
        f"{SRC}/access/tests/test_credentials.py",
    ),
    Sabotage(
        "somebody signs in with the credential of the page",
        f"{SRC}/access/reads.py",
        "login=login[:32], page=False, ended_at=None",
        "login=login[:32], ended_at=None",
        f"{TESTS}/test_filing.py",
    ),
    Sabotage(
        "tests by hand count as tests of a program",
        f"{SRC}/intake/reads/provider.py",
        "live=False, credential__page=False",
        "live=False",
        f"{TESTS}/test_ready.py",
    ),
    Sabotage(
        "a company sees another one's receipts",
        f"{SRC}/intake/reads/provider.py",
        "ProviderReport.objects.filter(credential__organisation__uuid=organisation)",
        "ProviderReport.objects.all()",
        f"{TESTS}/test_filing.py",
    ),
    Sabotage(
        "whoever wrote an order sends it",
        f"{SRC}/industry/rules/orders.py",
        "if drafted_by == by else []",
        "if False else []",
        f"{TESTS}/test_orders.py",
    ),
    Sabotage(
        "a company learns of an order before it was sent",
        f"{SRC}/industry/reads/orders.py",
        " & Q(sent_at__isnull=False)",
        "",
        f"{TESTS}/test_orders.py",
    ),
    Sabotage(
        "an order is sent without a law in force",
        f"{SRC}/industry/acts/orders.py",
        "    if order.basis not in {one.pack_id for one in provisions(now=now)}:\n",
        "    if False:\n",
        f"{TESTS}/test_orders.py",
    ),
    Sabotage(
        "a fenced officer sees the orders of the case",
        f"{SRC}/industry/reads/orders.py",
        " & ~Q(case_id__in=casework.fenced_rows(by))",
        "",
        f"{TESTS}/test_orders.py",
    ),
    Sabotage(
        "an order is about a case that one may not read",
        f"{SRC}/industry/acts/orders.py",
        "        return casework.referral_for(number, CaseAction.REFERRAL_OPEN, by=by).case\n",
        "        return casework.any_case(number, by=by)\n",
        f"{TESTS}/test_orders.py",
    ),
    Sabotage(
        "a table with a broken line is half taken",
        f"{SRC}/industry/web/company.py",
        "    if problems:\n",
        "    if not told:\n",
        f"{TESTS}/test_filing.py",
    ),
    Sabotage(
        "the staff site changes a report that has ended",
        f"{SRC}/intake/migrations/0010_what_the_desk_writes.py",
        '_function("public|staff")',
        '_function("public")',
        f"{SRC}/site/tests/test_roles_provider.py",
    ),
)
