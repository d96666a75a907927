"""A browser as small as it can be: cookies, forms, and the patience to send a form until it is answered."""

import gzip
import http.client
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

TIMEOUT = 20.0
_PAUSE = (0.1, 0.5)


class NoAnswer(Exception):
    """The connection failed before a whole answer had come."""


class GaveUp(Exception):
    """It was time to stop, and the form had not been answered."""


@dataclass(frozen=True)
class Answer:
    """A whole answer. `seconds` is how long this one request took."""

    status: int
    location: str
    text: str = field(repr=False)
    seconds: float = 0.0

    @property
    def form(self) -> "dict[str, list[str]]":
        """Every field of the page's forms with the values it can take; hidden fields have one."""
        reader = _FormReader()
        reader.feed(self.text)
        return reader.fields


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "select":
            self._select = found.get("name") or ""
        name = self._select if tag == "option" else found.get("name")
        if name and tag in {"input", "option", "textarea"}:
            self.fields.setdefault(name, []).append(found.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


class Browser:
    """Talks to one site. Several threads may share it, as several tabs share a browser's cookies."""

    def __init__(
        self,
        host: str,
        port: int,
        cookies: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        *,
        keeps_line: bool = False,
    ) -> None:
        """`keeps_line`: ask over one connection and compressed, as browsers do; for one thread only."""
        self.host, self.port, self.timeout = host, port, timeout
        self.cookies = dict(cookies or {})
        self._lock = threading.Lock()
        self._line = http.client.HTTPConnection(host, port, timeout=timeout) if keeps_line else None

    def ask(self, method: str, path: str, fields: Mapping[str, str | list[str]] | None = None) -> Answer:
        """One request and its whole answer. Raises `NoAnswer`."""
        began = time.monotonic()
        connection = self._line or http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, urlencode(fields or {}, doseq=True), self._headers())
            answer = connection.getresponse()
            body = answer.read()
            self._keep(answer)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(type(error).__name__) from error
        if connection is not self._line:
            connection.close()
        text = (gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body).decode()
        location = urlsplit(answer.getheader("Location") or "").path
        return Answer(answer.status, location, text, time.monotonic() - began)

    def insist(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str | list[str]] | None = None,
        *,
        until: threading.Event | None = None,
    ) -> tuple[Answer, int]:
        """Send the very same again, as a reload does, until the site answers; with the number of tries.

        An answer of 500 and above is the site's way of saying "not now". Raises `GaveUp` when `until` is set
        meanwhile.
        """
        tries = 0
        while until is None or not until.is_set():
            tries += 1
            try:
                answer = self.ask(method, path, self._with_token(fields))
            except NoAnswer:
                time.sleep(random.uniform(*_PAUSE))
                continue
            if answer.status < 500:
                return answer, tries
            time.sleep(random.uniform(*_PAUSE))
        raise GaveUp

    def _with_token(self, fields: Mapping[str, str | list[str]] | None) -> dict[str, str | list[str]] | None:
        token = self.cookies.get("mlinzi_form")
        if fields is None or token is None:
            return None if fields is None else dict(fields)
        return {**fields, "csrfmiddlewaretoken": token}

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}
        if self._line:
            headers["Accept-Encoding"] = "gzip"
        with self._lock:
            if self.cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        for header in answer.headers.get_all("Set-Cookie") or ():
            told, _, rest = header.partition(";")
            name, _, value = told.partition("=")
            with self._lock:
                self.cookies[name.strip()] = value.strip()
                if "max-age=0" in rest.lower():
                    del self.cookies[name.strip()]

    def hang_up(self) -> None:
        """Close the line that was kept."""
        if self._line:
            self._line.close()
