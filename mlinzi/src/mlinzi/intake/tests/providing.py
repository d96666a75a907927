"""Providers for tests: a program with a way in, documents, and what it sends."""

import base64
from dataclasses import dataclass

from django.http import HttpResponse
from django.test import Client, override_settings
from pytest_django import Settings

from kinga import cybertip
from mlinzi.access import acts as access
from mlinzi.directory import acts as directory
from mlinzi.kernel.clock import now
from tests.people import BARASA
from tests.tables import AgencyKind, Organisation
from tests.world import World, make_world

BOUNDARY = "b0undary"
HOUSE = "safiri_internet"
MINIMAL = b"""<?xml version='1.0' encoding='UTF-8'?>
<report><incidentSummary><incidentType>Online Enticement of Children for Sexual Acts</incidentType>
<incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>
<reporter><reportingPerson><email>desk@isp.example</email></reportingPerson></reporter></report>"""
FULL = b"""<report><incidentSummary><incidentType>Online Enticement of Children for Sexual Acts</incidentType>
<platform>Kijani Chat</platform><escalateToHighPriority>They plan to meet on Friday.</escalateToHighPriority>
<incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>
<internetDetails><webPageIncident><url>https://kijani.example/room/7</url></webPageIncident></internetDetails>
<reporter><reportingPerson><email>desk@isp.example</email></reportingPerson></reporter>
<personOrUserReported><espIdentifier>u-4711</espIdentifier><espService>Kijani Chat</espService>
<screenName>invented_coach</screenName>
<ipCaptureEvent><ipAddress>203.0.113.7</ipAddress><eventName>Login</eventName>
<dateTime>2026-01-31T20:00:00Z</dateTime><port>40123</port></ipCaptureEvent></personOrUserReported>
<victim><victimPerson><firstName>Invented</firstName><phone>0712000111</phone>
<address><city>Mvita</city><nonUsaState>Mombasa</nonUsaState><country>KE</country></address>
</victimPerson></victim><additionalInfo>Chat of four days.</additionalInfo></report>"""


def file_details(report: int, file: str) -> bytes:
    """The details of a file."""
    return cybertip.build(
        cybertip.FileDetails(
            report_id=report,
            file_id=file,
            original_file_name="drawing.png",
            additional_info=("Sent twice.",),
        )
    )


def multipart(fields: dict[str, str], file: bytes | None = None, name: str = "drawing.png") -> bytes:
    """A form as clients build it."""
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        lines.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + file + b"\r\n")
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


FORM = f"multipart/form-data; boundary={BOUNDARY}"


def at_the_door(settings: Settings) -> override_settings:
    """While it lasts, this process is the door of providers' programs."""
    return override_settings(
        ROOT_URLCONF="mlinzi.site.urls_provider", MIDDLEWARE=settings.PROVIDER_MIDDLEWARE
    )


@dataclass
class Provider:
    """A provider's program at the door, in this process."""

    client: Client
    login: str
    secret: str
    world: World

    @property
    def headers(self) -> dict[str, str]:
        token = base64.b64encode(f"{self.login}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {token}"}

    def get(self, call: str) -> HttpResponse:
        return self.client.get(f"/ispws/{call}", headers=self.headers)  # type: ignore[return-value]

    def post(
        self, call: str, body: bytes, kind: str = "text/xml; charset=utf-8", **headers: str
    ) -> HttpResponse:
        own = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = self.client.post(f"/ispws/{call}", body, content_type=kind, headers=own)
        assert isinstance(answer, HttpResponse)
        return answer

    def submit(self, document: bytes = MINIMAL, **headers: str) -> int:
        answer = read(self.post("submit", document, **headers))
        assert answer.response_code == 0, answer
        assert answer.report_id is not None
        return answer.report_id

    def upload(self, report: int, file: bytes = b"a drawing", **headers: str) -> str:
        answer = read(self.post("upload", multipart({"id": str(report)}, file), FORM, **headers))
        assert answer.response_code == 0, answer
        assert answer.file_id is not None
        return answer.file_id

    def finish(self, report: int) -> HttpResponse:
        return self.post("finish", f"id={report}".encode(), "application/x-www-form-urlencoded")


def read(answer: HttpResponse) -> cybertip.ReportResponse:
    """An answer as clients read it, strictly."""
    assert "Request-ID" in answer.headers, (answer.status_code, answer.content[:500])
    return cybertip.parse(answer.content, cybertip.ReportResponse, profile=cybertip.Profile.STRICT).document


def read_done(answer: HttpResponse) -> cybertip.ReportDoneResponse:
    """The same of `finish`; where no number was understood it says 0, which is none."""
    return cybertip.parse(answer.content, cybertip.ReportDoneResponse).document


def given(world: World | None = None, *, live: bool = True, house: str = HOUSE) -> Provider:
    """A program with a way in. `house` becomes a company, where it is none."""
    country = world or make_world("ke")
    officer = country.officer(BARASA)
    company = AgencyKind.objects.get(pack_id="provider")
    Organisation.objects.filter(pk=country.organisations[house].pk).update(kind=company)
    if live:
        directory.mark_ready(country.organisations[house].uuid, by=officer, now=now())
    made = access.give_credential(country.organisations[house].uuid, live=live, by=officer, now=now())
    return Provider(Client(raise_request_exception=False), made.credential.login, made.secret, country)
