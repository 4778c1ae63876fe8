"""A server on loopback that speaks Ollama's protocol (tags, ps, chat, pull), and misbehaves as a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Json = dict[str, Any]
Behaviour = Callable[["Handler", Json], None]


class Handler(BaseHTTPRequestHandler):
    """One request; behaviours call `reply`, `answer` or write to the socket themselves."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        fake = self.server.fake
        if fake.get:
            fake.get(self, {})
        elif self.path == "/api/tags":
            self.reply({"models": [{"model": name, "name": name} for name in fake.models]})
        elif self.path == "/api/ps":
            self.reply({"models": [{"model": name, "name": name} for name in fake.loaded]})
        else:
            self.reply({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake = self.server.fake
        with fake.lock:
            fake.requests.append(body)
            fake.in_flight += 1
            fake.most_in_flight = max(fake.most_in_flight, fake.in_flight)
        try:
            (fake.pull if self.path == "/api/pull" else fake.chat)(self, body)
        except (BrokenPipeError, ConnectionResetError):
            fake.hung_up.set()
        finally:
            with fake.lock:
                fake.in_flight -= 1

    def reply(self, content: Json | str | bytes, status: int = 200) -> None:
        """A whole response."""
        data = json.dumps(content).encode() if isinstance(content, dict) else content
        data = data.encode() if isinstance(data, str) else data
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, text: str, **more: object) -> None:
        """A whole answer of the model, with ``text`` as its message."""
        whole = {"model": "m", "message": {"role": "assistant", "content": text}, "done": True, "done_reason": "stop"}
        self.reply({**whole, "prompt_eval_count": 300, "eval_count": 80, **more})

    def chunks(self) -> Callable[[bytes], None]:
        """Begin a streamed response; returns what sends a piece of it."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def send(data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        return send

    def drop(self) -> None:
        """Close the connection in the middle of whatever was being sent."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeOllama

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that hung up


class FakeOllama:
    """The server, running between ``with`` and its end; ``chat``, ``pull`` and ``get`` are what it does when asked."""

    def __init__(self, models: Sequence[str] = ("m:latest",)) -> None:
        self.models, self.loaded = list(models), list(models[:1])
        self.requests: list[Json] = []
        self.chat: Behaviour = honest
        self.pull: Behaviour = lambda handler, _: handler.reply({"status": "success"})
        self.get: Behaviour | None = None
        self.lock = threading.Lock()
        self.in_flight = self.most_in_flight = 0
        self.ended = threading.Event()  # what hangs, hangs until then
        self.hung_up = threading.Event()  # the client let go of a request
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def asked(self) -> list[tuple[str, ...]]:
        """The first captions of each question, first image first."""
        return [tuple(captions[0] for captions in said_in(body).values()) for body in self.requests]

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> FakeOllama:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if self._thread.is_alive():
            self.stop()


def said_in(body: Json) -> dict[str, list[str]]:
    """The captions in a question: "captions of the first image" -> [...]."""
    prompt = body["messages"][1]["content"]
    return json.loads(prompt[prompt.index("{") :])


def differences(body: Json) -> str:
    """An honest answer to a question about two images."""
    first, second = (captions[0].lower().strip(" .") for captions in said_in(body).values())
    sentence = f"The first image shows {first}, while the second shows {second}."
    return json.dumps({"differences": [{"aspect": "subject", "first": first, "second": second, "sentence": sentence}]})


def honest(handler: Handler, body: Json) -> None:
    """Answers as a good model does."""
    handler.answer(differences(body))
