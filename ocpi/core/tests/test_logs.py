"""Log records: who and what in each, and nothing that must not be read."""

import json
import logging
from typing import Any

import pytest
from celery import current_app

from ocpi.core import logs
from ocpi.protocol.headers import authorization
from tests.callers import Caller

SECRET = "s3cr3t-token-of-a-partner-0123456789"


def record(message: str, *args: Any, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("ocpi.x", logging.WARNING, "x.py", 1, message, args, None)
    made.__dict__.update(more)
    return made


def written(message: str, *args: Any, **more: Any) -> dict[str, Any]:
    return json.loads(logs.Json().format(record(message, *args, **more)))


def test_a_record_is_one_object_on_one_line() -> None:
    try:
        raise ValueError("of\nno use")
    except ValueError as error:
        text = logs.Json().format(record("%d\nthings", 2, exc_info=(ValueError, error, error.__traceback__)))
    assert "\n" not in text
    told = json.loads(text)
    assert (told["level"], told["logger"], told["message"]) == ("WARNING", "ocpi.x", "2\nthings")
    assert told["exception"].endswith("ValueError: of\nno use")
    assert told["at"].endswith("+00:00")


def test_what_is_bound_stands_in_every_record_and_ends_with_its_block() -> None:
    with logs.bound(request_id="r", partner_id=7, client_id=None):
        logs.bind(task="t")
        with logs.bound(request_id="inner"):
            assert written("x")["request_id"] == "inner"
        told = written("x")
        assert (told["request_id"], told["partner_id"], told["task"], "client_id" in told) == ("r", "7", "t", False)
    assert "request_id" not in written("x")
    assert "task" not in written("x")


@pytest.mark.requirement("TRA-53")
@pytest.mark.parametrize(
    "message",
    [
        f"sent {authorization(SECRET)}",
        f"sent Token {SECRET}, and more",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f"postgres://emsp:{SECRET}@db/emsp is away",
        f"GET /x?token={SECRET}&y=1",
        f"Not Found: /ocpi/emsp/2.2.1/tokens/NL/EMS/{SECRET}",
        f"Internal Server Error: /ocpi/emsp/2.2.1/tokens/{SECRET}/authorize",
    ],
)
def test_secrets_in_messages_are_masked_in_both_forms(message: str) -> None:
    forms = {SECRET, authorization(SECRET).split()[1]}
    for formatter in (logs.Json(), logs.Line("{message}", style="{")):
        text = formatter.format(record(message))
        assert "•••" in text
        assert not {form for form in forms if form in text}


def test_what_libraries_attach_to_a_record_is_not_written() -> None:
    told = written("x", request={"Authorization": SECRET}, status_code=500, fields={"http_status": 500})
    assert SECRET not in str(told)
    assert told["http_status"] == 500


def test_prose_about_tokens_stays_as_it_is() -> None:
    for text in ("the token authorization of somebody", "Token pushes wait", "https://cpo.example/ocpi: refused"):
        assert logs.masked(text) == text


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self.setFormatter(logs.Json())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Any:
    root, handler = logging.getLogger(), Kept()
    monkeypatch.setattr(root, "handlers", [handler])
    monkeypatch.setattr(root, "level", logging.INFO)
    logging.getLogger("ocpi")._cache.clear()  # type: ignore[attr-defined]
    root.manager._clear_cache()  # type: ignore[attr-defined]
    yield handler.lines
    root.manager._clear_cache()  # type: ignore[attr-defined]


def test_a_request_leaves_a_record_with_its_ids_where_that_is_wanted(
    cpo: Caller, kept: list[dict[str, Any]], settings: Any
) -> None:
    settings.LOG_EXCHANGES = True
    cpo.get("tokens", **{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    [told] = [line for line in kept if line["logger"] == "ocpi.journal.services"]
    assert (told["request_id"], told["correlation_id"], told["partner_id"]) == ("r-1", "c-1", str(cpo.partner.pk))
    assert (told["direction"], told["module"], told["http_status"]) == ("IN", "tokens", 200)
    assert told["message"].startswith("IN GET /ocpi/emsp/2.2.1/tokens 200")
    assert cpo.token not in str(kept)


def test_our_own_mistake_is_told_with_the_ids_of_the_request(
    cpo: Caller, kept: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(view: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ocpi.core.views.OcpiViewSet._admit", broken)
    assert cpo.get("tokens", **{"X-Request-ID": "r-2"}).status[0] == 500
    told = next(line for line in kept if "unexpected error" in line["message"])
    assert (told["request_id"], told["partner_id"]) == ("r-2", str(cpo.partner.pk))
    assert "ZeroDivisionError" in told["exception"]


def test_a_task_names_itself_and_the_flow_of_who_queued_it() -> None:
    seen: dict[str, Any] = {}

    @current_app.task(name="ocpi.test.look")
    def look() -> None:
        seen.update(logs.context())

    headers: dict[str, Any] = {}
    with logs.bound(correlation_id="c-9"):
        from celery.signals import before_task_publish

        before_task_publish.send(sender="ocpi.test.look", headers=headers)
    assert headers == {"ocpi_correlation_id": "c-9"}
    look.push_request(id="t-1", **headers)
    try:
        look()
    finally:
        look.pop_request()
        del current_app.tasks["ocpi.test.look"]
    assert seen == {"task": "ocpi.test.look", "task_id": "t-1", "correlation_id": "c-9"}
    assert not logs.context()


def test_every_record_is_written_by_a_formatter_that_masks() -> None:
    assert not logging.getLogger("django").handlers
    assert logging.getLogger("django").propagate
