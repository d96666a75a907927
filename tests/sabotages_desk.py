"""Controls of the desk: people, plans, second persons, duty, the queue."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"
TESTS = f"{SRC}/casework/tests"

DESK = (
    Sabotage(
        "a conflict of interest fences nobody out",
        f"{SRC}/casework/reads/eyes.py",
        "    return mine & ~Q(id__in=fenced_rows(by))\n",
        "    return mine\n",
        f"{TESTS}/test_people.py",
    ),
    Sabotage(
        "somebody lifts their own fence",
        f"{SRC}/casework/rules/people.py",
        "    if lifter == fenced:",
        "    if False:",
        f"{TESTS}/test_people.py",
    ),
    Sabotage(
        "a suspected reporter is answered",
        f"{SRC}/casework/acts/answering.py",
        "    hushed = reads.hushed_reports(case)",
        "    hushed: set[UUID] = set()",
        f"{TESTS}/test_people.py",
    ),
    Sabotage(
        "a case opened in need stays open",
        f"{SRC}/casework/reads/people.py",
        "broken_at__lte=now, until__gt=now)",
        "broken_at__lte=now)",
        f"{TESTS}/test_need.py",
    ),
    Sabotage(
        "an attempt in need leaves no trace",
        f"{SRC}/casework/acts/glass.py",
        '        "casework.glass.try",\n',
        '        "casework.glass.other",\n',
        f"{TESTS}/test_need.py",
    ),
    Sabotage(
        "one person closes a case of high risk",
        f"{SRC}/casework/rules/care.py",
        "    if facts.high and not facts.agreed:",
        "    if False:",
        f"{TESTS}/test_care.py",
    ),
    Sabotage(
        "what was late needs no reason",
        f"{SRC}/casework/acts/moves.py",
        '        note_late(case, "referral", referral.due_at, by=by, now=now)\n',
        "        pass\n",
        f"{TESTS}/test_duty.py",
    ),
    Sabotage(
        "nobody on duty is silence",
        f"{SRC}/casework/acts/escalations.py",
        "            found = on_duty or _holding(subject.could, now, organisation=house)\n",
        "            return on_duty\n",
        f"{TESTS}/test_escalations.py",
    ),
    Sabotage(
        "two read the same report",
        f"{SRC}/casework/rules/claims.py",
        "    if holder and holder != by:",
        "    if False:",
        f"{TESTS}/test_queue.py",
    ),
    Sabotage(
        "waiting overrules an officer",
        f"{SRC}/casework/acts/triage.py",
        '    rows = waiting.exclude(urgency_row="").select_related',
        "    rows = waiting.select_related",
        f"{TESTS}/test_queue.py",
    ),
    Sabotage(
        "a question is answered before it is kept",
        f"{SRC}/casework/acts/looking.py",
        "    with transaction.atomic(durable=True):\n        look.save",
        "    with transaction.atomic():\n        look.save",
        f"{TESTS}/test_looking.py",
    ),
    Sabotage(
        "joining two cases shows one to somebody kept away from the other",
        f"{SRC}/casework/rules/likeness.py",
        "    if not facts.same_eyes:",
        "    if False:",
        f"{TESTS}/test_likeness.py",
    ),
    Sabotage(
        "anybody changes what an organisation tells",
        f"{SRC}/casework/reads/helpers.py",
        "    if house is None or not may_edit(house, by=by):",
        "    if house is None:",
        f"{TESTS}/test_helpers.py",
    ),
    Sabotage(
        "promised help has no clock",
        f"{SRC}/casework/acts/moves.py",
        '            deadlines.start(subject, "help", risk=case.urgency, service="", by=by, now=now)\n',
        "            pass\n",
        f"{TESTS}/test_clocks.py",
    ),
    Sabotage(
        "a clock stays with whoever had the case before",
        f"{SRC}/casework/acts/cases.py",
        "    deadlines.hand_over(subject_of(case), by=by, now=now)\n",
        "",
        f"{TESTS}/test_clocks.py",
    ),
    Sabotage(
        "a closed case goes on ringing",
        f"{SRC}/casework/acts/cases.py",
        "    deadlines.drop(reads.CASE, str(case.id), by=by, now=now)\n",
        "",
        f"{TESTS}/test_clocks.py",
    ),
    Sabotage(
        "the board shows tasks of cases that do not exist for the officer",
        f"{SRC}/casework/reads/board.py",
        "        for model in (Referral, Transfer, Task)\n",
        "        for model in (Referral, Transfer)\n",
        f"{TESTS}/test_clocks.py",
    ),
)
