"""A company without programmers reports by hand; what is wrong is said, and nothing of it is half taken."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlinzi.access import reads as access
from mlinzi.access.rules import Action as AccessAction
from mlinzi.access.rules import secret_digest
from mlinzi.casework import acts as casework
from mlinzi.industry import acts, reads
from mlinzi.industry.forms.company import read_table
from mlinzi.industry.rules import MOST_ROWS, Told
from mlinzi.industry.tests.conftest import Companies
from mlinzi.intake import acts as intake
from mlinzi.intake.tests.providing import FULL
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import AMINA, SALIM
from tests.tables import Case, Credential, Entry, ProviderReport, Report
from tests.world import WORKER, sign_in

pytestmark = pytest.mark.django_db
KIND = "Online Enticement of Children for Sexual Acts"
HEAD = "incident;happened;aware;links;account;words\n"
GOOD = "enticement;2026-05-17T20:00;2026-05-17T21:00;https://kijani.invalid/a;invented_coach;Seen\n"


def told(words: str = "An account asks children for pictures.", **more: object) -> Told:
    moment = now() - timedelta(hours=5)
    return Told(KIND, moment, **{"aware": moment + timedelta(hours=1), "words": words, **more})  # type: ignore[arg-type]


def file(companies: Companies, *some: Told, who: str = "zuhura", live: bool = True) -> list[acts.Filed]:
    by = companies.world.officer(who)
    return acts.file_reports(list(some) or [told()], live=live, by=by, now=now(), keys=keyring())


def work() -> int:
    """What the worker does with what came."""
    taken = intake.take_provider_reports(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
    casework.triage_waiting(by=WORKER, now=now())
    return taken


def test_a_report_by_hand_becomes_a_case_and_the_log_names_who_wrote_it(companies: Companies) -> None:
    (filed,) = file(companies, told(urgent="A child is named.", account="invented_coach"))
    assert filed.warnings == ()
    row = ProviderReport.objects.get(pk=filed.number)
    assert row.live
    assert row.aware_at is not None
    assert b"invented_coach" not in bytes(row.document)
    assert work() == 1
    case = Case.objects.get()
    assert case.urgency == "high"
    entry = Entry.objects.get(action="intake.provider.finish")
    assert (entry.actor_kind, entry.actor_id) == ("person", companies.zuhura.id)


def test_a_test_by_hand_reaches_no_officer(companies: Companies) -> None:
    file(companies, live=False)
    assert work() == 1
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_the_same_report_sent_twice_is_one(companies: Companies) -> None:
    one = told()
    assert file(companies, one)[0].number == file(companies, one)[0].number
    assert ProviderReport.objects.count() == 1


def test_each_company_sees_its_own_and_others_see_nothing(companies: Companies) -> None:
    (mine,) = file(companies)
    (theirs,) = file(companies, told("Another."), who="simiyu")
    assert [one.number for one in reads.receipts(by=companies.zuhura)[0]] == [mine.number]
    assert [one.number for one in reads.receipts(by=companies.world.officer("simiyu"))[0]] == [theirs.number]
    for who in (AMINA, SALIM):
        with pytest.raises(NotFound):
            reads.receipts(by=companies.world.officer(who))
        with pytest.raises(NotFound):
            file(companies, who=who)


def test_receipts_come_page_by_page_and_none_twice(companies: Companies) -> None:
    file(companies, *(told(f"Number {n}") for n in range(120)))
    seen: list[int] = []
    after, pages = "", 0
    while True:
        rows, after = reads.receipts(by=companies.zuhura, after=after)
        seen += [one.number for one in rows]
        pages += 1
        if not after:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 120
    assert reads.receipts(by=companies.zuhura, after="nonsense")[0][0].number == seen[0]


def test_nobody_signs_in_as_the_page_and_no_list_shows_it(companies: Companies) -> None:
    file(companies)
    row = Credential.objects.get()
    assert row.page
    assert access.program(row.login, "") is None
    row.secret_digest = secret_digest("known")
    row.save()
    assert access.program(row.login, "known") is None, "not even with a secret that fits"
    assert access.credentials_seen(by=companies.zuhura) == []
    with pytest.raises(NotFound):
        access.credential_for(row.id, AccessAction.CREDENTIAL_GIVE, by=companies.zuhura)


def test_a_table_in_the_ways_that_spreadsheets_write_it() -> None:
    for raw in (
        HEAD + GOOD,
        "\ufeff" + HEAD + GOOD,
        (HEAD + GOOD).replace(";", ","),
        (HEAD + GOOD).replace("\n", "\r\n"),
        (HEAD + GOOD).replace("incident;", "Incident ;"),
    ):
        found, problems = read_table(raw.encode())
        assert problems == []
        assert [(one.account, one.links) for one in found] == [
            ("invented_coach", ("https://kijani.invalid/a",))
        ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (HEAD + GOOD + GOOD.replace("enticement", "trouble"), "Line 3: incident: This kind"),
        (HEAD + GOOD + GOOD.replace("2026-05-17T20:00", "yesterday"), "Line 3: happened: Write day and time"),
        (HEAD + GOOD.replace("T21", "T19"), "Line 2: aware: This is before it happened"),
        (HEAD + GOOD.replace("2026-05-17T20:00", "1800-05-17T20:00"), "Line 2: happened: This moment cannot"),
        (HEAD + GOOD.replace("2026-05", "2100-05"), "Line 2: happened: This moment cannot"),
        (HEAD + "enticement;2026-05-17T20:00;;;;\n", "Line 2: Say at least one thing"),
        (HEAD + "enticement;2026-05-17T20:00\n", "Line 2 has another number of cells"),
        (HEAD + GOOD.strip() + ";more\n", "Line 2 has another number of cells"),
        ("incident;when\n", "missing: “happened”"),
        ("incident;happened;colour\n", "not known: “colour”"),
        ("incident;happened;happened\n", "twice: “happened”"),
        (HEAD, "There is no report in this table"),
        (HEAD + GOOD * (MOST_ROWS + 1), f"at most {MOST_ROWS}"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_by_line(raw: str, said: str) -> None:
    _found, problems = read_table(raw.encode())
    assert any(said in one for one in problems), problems


def test_no_table_at_all_is_told() -> None:
    for raw in (b"\xff\xfe\x00", b"", b"\x00" * 40, b"\x89PNG\r\n"):
        found, problems = read_table(raw)
        assert found == []
        assert problems


def send(client: Client, content: bytes, kind: str = "live") -> tuple[int, str]:
    sent = {"kind": kind, "file": SimpleUploadedFile("reports.csv", content)}
    answer = client.post("/company/reports/hand-in/", sent)
    return answer.status_code, answer.content.decode()


def test_by_clicks_a_table_with_one_broken_line_changes_nothing(companies: Companies, client: Client) -> None:
    sign_in(client, companies.world.people["zuhura"])
    status, page = send(client, (HEAD + GOOD + GOOD.replace("enticement", "trouble")).encode())
    assert status == 422
    assert "Line 3" in page
    assert "Nothing was taken" in page
    assert not ProviderReport.objects.exists()
    status, page = send(client, (HEAD + GOOD + GOOD.replace("invented_coach", "invented_other")).encode())
    assert status == 200
    numbers = set(ProviderReport.objects.values_list("pk", flat=True))
    assert len(numbers) == 2
    assert all(str(number) in page for number in numbers)


def test_by_clicks_a_document_is_taken_as_it_is(companies: Companies, client: Client) -> None:
    sign_in(client, companies.world.people["zuhura"])
    status, page = send(client, FULL)
    assert status == 200
    assert str(ProviderReport.objects.get().pk) in page
    assert work() == 1
    for bad in (b"<report", b"<!DOCTYPE x [<!ENTITY a 'b'>]><report/>", b"<other/>"):
        status, page = send(client, bad)
        assert status == 422, bad
        assert "no report that can be read" in page
    assert ProviderReport.objects.count() == 1


def test_by_clicks_what_was_typed_stays_when_something_is_missing(
    companies: Companies, client: Client
) -> None:
    sign_in(client, companies.world.people["zuhura"])
    typed = {"kind": "live", "incident": "enticement", "happened": "2026-05-17T20:00", "words": ""}
    answer = client.post("/company/reports/new/", typed)
    assert answer.status_code == 422
    assert "Say at least one thing" in answer.content.decode()
    assert "2026-05-17T20:00" in answer.content.decode()
    answer = client.post("/company/reports/new/", {**typed, "words": "An account asks for pictures."})
    assert answer.status_code == 200
    assert str(ProviderReport.objects.get().pk) in answer.content.decode()


def test_a_document_that_is_none_leaves_nothing_behind(companies: Companies) -> None:
    with pytest.raises(Refused, match="no report"):
        acts.file_document(b"<other/>", live=True, by=companies.zuhura, now=now(), keys=keyring())
    assert not ProviderReport.objects.exists()
