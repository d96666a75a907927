"""The controls of sharing, referral and transfer that `tests/sabotage.py` takes away."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"

REFERRAL = (
    Sabotage(
        "a copy can be read after the referral has ended",
        f"{SRC}/casework/acts/opening.py",
        """    if reasons := rules.why_not_open_copy(rules.ReferralState(referral.state)):
        raise Refused(reasons)
""",
        "",
        f"{SRC}/casework/tests/test_sharing.py -k ends",
    ),
    Sabotage(
        "consent is not asked for",
        f"{SRC}/casework/acts/sharing.py",
        "return Ground(items, rests_on), rules.why_not_consented(consents, items, to), inside",
        "return Ground(items, rests_on), [], inside",
        f"{SRC}/casework/tests/test_sharing.py -k consent",
    ),
    Sabotage(
        "a program that looks through mail uses up a link",
        f"{SRC}/casework/acts/links.py",
        "    return reads.live_link(found, now=now).id",
        "    GuestLink.objects.filter(pk=found).update(opened_at=now)\n"
        "    return reads.live_link(found, now=now).id",
        f"{SRC}/casework/tests/test_links.py -k changes_nothing",
    ),
    Sabotage(
        "the log keeps the address of a link",
        f"{SRC}/site/quietlog.py",
        """            record.msg, record.args = f"request failed with status {status}".strip(), ()""",
        "            pass",
        f"{SRC}/casework/tests/test_links.py -k log_line",
    ),
    Sabotage(
        "one officer alone shares without consent",
        f"{SRC}/casework/acts/drafts.py",
        "    spend_second(case, SecondKind.BEST_INTEREST, subject=str(draft.id), by=by, now=now)\n",
        "",
        f"{SRC}/casework/tests/test_drafts.py",
    ),
    Sabotage(
        "a case moves before it is accepted",
        f"{SRC}/casework/acts/transfers.py",
        "    if to is ReferralState.ACCEPTED:\n        transfer.taken_by_id",
        "    if True:\n        transfer.taken_by_id",
        f"{SRC}/casework/tests/test_transfers.py",
    ),
)
