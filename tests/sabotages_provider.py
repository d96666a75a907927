"""Controls of the door of providers' programs that `tests/sabotage.py` takes away."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"
TESTS = f"{SRC}/intake/tests"

PROVIDER = (
    Sabotage(
        "a test of a provider reaches officers",
        f"{SRC}/intake/acts/taking.py",
        "        if row.live:\n",
        "        if True:\n",
        f"{TESTS}/test_provider_reports.py",
    ),
    Sabotage(
        "a program whose way in has ended comes in",
        f"{SRC}/access/reads.py",
        "login=login[:32], page=False, ended_at=None, organisation__active=True)",
        "login=login[:32], page=False)",
        f"{SRC}/access/tests/test_credentials.py",
    ),
    Sabotage(
        "a wrong secret comes in",
        f"{SRC}/access/reads.py",
        "    if not hmac.compare_digest(given, kept) or found is None:\n",
        "    if found is None:\n",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "another provider's report can be changed",
        f"{SRC}/intake/acts/providing.py",
        "rows.filter(credential__organisation__uuid=by.organisation, live=by.live)",
        "rows.filter(live=by.live)",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a finished report takes more",
        f"{SRC}/intake/rules/provider.py",
        "    if standing.finished:\n",
        "    if False:\n",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a repeated submission is a second report",
        f"{SRC}/intake/acts/providing.py",
        "        found = _known(key, Call.SUBMIT, digest, by) or _same(digest, by, now)\n",
        "        found = _known(key, Call.SUBMIT, digest, by)\n",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a spoiled upload leaves its body at the door",
        f"{SRC}/intake/api/calls.py",
        "                self._body.abandon()\n",
        "                pass\n",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "an upload that no row names stays at the door",
        f"{SRC}/intake/api/calls.py",
        "        _forget(file)\n        raise\n",
        "        raise\n",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a key that was used answers for another report",
        f"{SRC}/intake/acts/providing.py",
        "(found.call != call or bytes(found.about) != about)",
        "found.call != call",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a report is lost to a slip",
        f"{SRC}/intake/acts/providing.py",
        "        return _Read(error.findings)\n\n\ndef _digest_of(",
        "        raise Declined(ResponseCode.VALIDATION_FAILED) from None\n\n\ndef _digest_of(",
        f"{TESTS}/test_provider_door.py",
    ),
    Sabotage(
        "a provider's own address makes all its reports alike",
        f"{SRC}/intake/rules/sections.py",
        '        emails=tuple(_under(told, "email", "emailAddress")),\n',
        '        emails=tuple(_under(report, "email", "emailAddress")),\n',
        f"{TESTS}/test_provider_reports.py",
    ),
    Sabotage(
        "the door says that the worker was there",
        f"{SRC}/intake/migrations/0008_what_providers_write.py",
        "            NEW.taken_at := OLD.taken_at;",
        "            ",
        f"{SRC}/site/tests/test_roles_provider.py",
    ),
)
