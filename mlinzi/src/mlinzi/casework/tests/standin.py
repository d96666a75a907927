"""A case system of children's offices that behaves as the facts say, with all its traps. Everything in it is
invented.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "invented-token-of-the-tests"
HTML = "<!doctype html><title>Maintenance</title><p>Back soon.</p>"
SERIAL = "CCO/47/001/0000001/2026"


@dataclass
class StandIn:
    """What it was told and what it holds. `moods`: how it behaves at the next requests, each used up once:
    error (200 with an error body), html, down (500), slow (stores, and answers too late), other (a receipt
    for another number), nothing (200 with an empty body), moved, busy (429).
    """

    address: str = ""
    moods: list[str] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    token: str = TOKEN
    slowness: float = 1.5

    def receipt(self, case_id: str) -> dict[str, str]:
        return {"case_id": case_id, "case_serial": self.serials.get(case_id, "XXXX")}


class _Door(BaseHTTPRequestHandler):
    there: StandIn

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        case_id = parse_qs(urlsplit(self.path).query)["case_id"][0]
        self.there.questions.append(case_id)
        if self._refused():
            return
        self._say(200, [self.there.receipt(case_id)] if case_id in self.there.held else [])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.there.posts.append(body)
        if self.path != "/api/v1/crs/" or self._refused(body):
            return
        # Whoever chooses the number of a record chooses that of an older one too: it is written anew.
        self.there.held[body["case_id"]] = body
        self._say(200, self.there.receipt(body["case_id"]))

    def _refused(self, body: dict[str, Any] | None = None) -> bool:
        if self.headers["Authorization"] != f"Token {self.there.token}":
            self._say(401, {"detail": "Invalid token."})
            return True
        mood = self.there.moods.pop(0) if self.there.moods else ""
        if mood == "slow" and body:
            self.there.held[body["case_id"]] = body
            time.sleep(self.there.slowness)
            return True
        answers: dict[str, tuple[int, Any]] = {
            "error": (200, {"error": f"Invalid date for {(body or {}).get('child_first_name', '')}"}),
            "html": (200, HTML),
            "down": (500, HTML),
            "other": (200, {"case_id": "0" * 32, "case_serial": "XXXX"}),
            "nothing": (200, ""),
            "moved": (302, ""),
            "busy": (429, {"detail": "Request was throttled."}),
        }
        if mood in answers:
            self._say(*answers[mood])
        return mood in answers

    def _say(self, status: int, body: Any) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Location", "http://elsewhere.invalid/")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """One that listens on a free port of this machine."""
    there = StandIn()

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"there": there}))
    server.daemon_threads = True
    there.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
