"""The sequence diagram of a flow: who called whom, in the order of time."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

from ocpi.core import clock
from ocpi.journal.diagram import Event, Lane, draw
from ocpi.journal.models import Exchange
from tests import admin_pages, factories
from tests.callers import Caller

NOW = clock.now()
SVG = "{http://www.w3.org/2000/svg}"


def exchange(cpo: Caller, start: int = 0, took: int = 10, **fields: Any) -> Exchange:
    """`start`, `took`: milliseconds."""
    at = NOW + timedelta(milliseconds=start)
    partner: Any = fields.pop("partner", cpo.partner)
    return admin_pages.exchange(partner, started_at=at, duration_ms=took, **fields)


def told(*rows: Exchange) -> list[str]:
    drawn = draw(rows)
    names = [lane.name for lane in drawn.lanes]
    return [f"{names[arrow.source]} → {names[arrow.target]}: {arrow.text}" for arrow in drawn.arrows]


def test_a_call_and_its_answer_are_two_arrows(cpo: Caller) -> None:
    assert told(exchange(cpo, url="http://cpo.test/ocpi/commands/START_SESSION")) == [
        "eMSP → CPO: POST /ocpi/commands/START_SESSION",
        "CPO → eMSP: 200 / 1000, 10 ms",
    ]


def test_a_call_inside_a_call_stands_between_request_and_answer(cpo: Caller) -> None:
    inner = exchange(cpo, 5, 10, method="GET", url="http://cpo.test/ocpi/versions")
    outer = exchange(cpo, 0, 30, direction="IN", url="/ocpi/emsp/2.2.1/credentials", http_status=201)
    assert told(inner, outer) == [
        "CPO → eMSP: POST /credentials",
        "eMSP → CPO: GET /ocpi/versions",
        "CPO → eMSP: 200 / 1000, 10 ms",
        "eMSP → CPO: 201 / 1000, 30 ms",
    ]


def test_what_begins_in_the_same_millisecond_is_still_nested(cpo: Caller) -> None:
    inner, outer = exchange(cpo, 0, 0, method="GET", url="/inner"), exchange(cpo, 0, 9, direction="IN", url="/outer")
    assert [line.split(": ")[1] for line in told(inner, outer)] == [
        "POST /outer", "GET /inner", "200 / 1000, 0 ms", "200 / 1000, 9 ms",
    ]  # fmt: skip


def test_one_answer_comes_before_the_next_request(cpo: Caller) -> None:
    assert [line.split(": ")[1] for line in told(exchange(cpo, 0, 10, url="/a"), exchange(cpo, 10, 5, url="/b"))] == [
        "POST /a", "200 / 1000, 10 ms", "POST /b", "200 / 1000, 5 ms",
    ]  # fmt: skip


def test_apps_stand_left_of_us_and_partners_right(cpo: Caller) -> None:
    client = factories.api_client(name="Driver app")
    asked = exchange(cpo, 0, direction="IN", partner=None, api_client=client)
    rows = [exchange(cpo, 20), asked, exchange(cpo, 40, direction="IN", partner=None)]
    assert [lane.name for lane in draw(rows).lanes] == ["Driver app", "eMSP", "CPO", "unknown caller"]


def test_no_answer_is_drawn_as_a_failure(cpo: Caller) -> None:
    drawn = draw([exchange(cpo, http_status=None, status_code=None, error="timeout")])
    assert [(arrow.text, arrow.failed) for arrow in drawn.arrows][1] == ("no answer, 10 ms", True)


def test_the_picture_is_well_formed_and_shows_foreign_text_as_text(cpo: Caller) -> None:
    row = exchange(cpo, url='/x"><script>alert(1)</script>&')
    picture = draw([row]).svg(row, {row.pk: "/admin/x/"})
    root = ElementTree.fromstring(picture)  # noqa: S314  our own
    texts = "".join(root.itertext())
    assert "<script>" not in picture
    assert "<script>alert(1)</script>" in texts
    assert 'href="/admin/x/"' in picture
    assert 'class="request here"' in picture


def test_it_is_told_as_mermaid_plantuml_and_text(cpo: Caller) -> None:
    drawn = draw([exchange(cpo, method="GET", url="/a;b#c")])
    assert drawn.mermaid().splitlines() == [
        "sequenceDiagram",
        "    participant L0 as eMSP",
        "    participant L1 as CPO",
        "    L0->>L1: GET /a#59;b#35;c",
        "    L1-->>L0: 200 / 1000, 10 ms",
    ]
    assert drawn.plantuml().splitlines()[1:5] == [
        'participant "eMSP" as L0', 'participant "CPO" as L1', "L0 -> L1: GET /a;b#c", "L1 --> L0: 200 / 1000, 10 ms",
    ]  # fmt: skip
    assert drawn.text().splitlines()[0].endswith("eMSP → CPO: GET /a;b#c")


def test_nothing_is_no_diagram(db: None) -> None:
    assert not draw([])


def test_a_picture_fits_into_the_column_that_it_is_drawn_for(cpo: Caller) -> None:
    asked = exchange(cpo, 0, direction="IN", partner=None, api_client=factories.api_client(name="Driver app"))
    drawn = draw([asked, exchange(cpo, 20, url="http://cpo.test/ocpi/cpo/2.2.1/commands/START_SESSION")])
    root = ElementTree.fromstring(drawn.svg(width=700))  # noqa: S314  our own
    assert int(root.attrib["width"]) <= 700
    longest = max(len(text.text or "") for text in root.iter(f"{SVG}text"))
    assert longest * 7 < 700 / 2


def test_what_people_do_stands_between_the_messages(cpo: Caller) -> None:
    driver, other = Lane("person-driver", "Driver"), Lane("cpo", "CPO")
    plugged = Event(NOW + timedelta(milliseconds=15), driver, other, "plugs in")
    rows = [exchange(cpo, 20, direction="IN", method="PATCH", url="/s"), exchange(cpo, 0, url="http://cpo.test/c")]
    drawn = draw(rows, [plugged], lambda row: other)
    assert [lane.name for lane in drawn.lanes] == ["Driver", "eMSP", "CPO"]
    assert drawn.text().splitlines()[2].endswith("Driver → CPO: plugs in")
    assert 'class="event"' in drawn.svg()
    assert "L0->>L2: plugs in" in drawn.mermaid()


def test_an_event_alone_is_a_diagram_too() -> None:
    told_by_mail = Event(NOW, Lane("person-operator", "Operator"), Lane("cpo", "CPO"), "hands over a token")
    assert [lane.name for lane in draw([], [told_by_mail]).lanes] == ["Operator", "eMSP", "CPO"]


def test_the_names_of_the_lanes_can_stand_alone_at_the_same_places(cpo: Caller) -> None:
    drawn = draw([exchange(cpo)])
    names = [_lane_names(picture) for picture in (drawn.svg(width=500), drawn.heads(500))]
    assert names[0] == names[1]
    assert [name for _, name in names[1]] == ["eMSP", "CPO"]


def _lane_names(picture: str) -> list[tuple[str, str | None]]:
    texts = ElementTree.fromstring(picture).iter(f"{SVG}text")  # noqa: S314  our own
    return [(text.attrib["x"], text.text) for text in texts if text.attrib.get("class") == "name"]


def test_what_people_did_is_told_whole_in_as_many_lines_as_it_needs(cpo: Caller) -> None:
    cause = "the handshake was refused: they offer 2.1.1 only, and there is no version that both of us speak"
    long = Event(NOW + timedelta(milliseconds=50), Lane("emsp", "eMSP"), Lane("emsp", "eMSP"), cause)
    picture = ElementTree.fromstring(draw([exchange(cpo), exchange(cpo, 100)], [long]).svg(width=760))  # noqa: S314  our own
    event = next(part for part in picture.iter(f"{SVG}g") if part.get("class", "").startswith("event"))
    assert " ".join(text.text or "" for text in event.iter(f"{SVG}text")) == cause
    ys = [float(line.get("y1", 0)) for part in picture.iter(f"{SVG}g") for line in part.iter(f"{SVG}line")]
    assert ys == sorted(ys)
    top = min(float(text.get("y", 0)) for text in event.iter(f"{SVG}text"))
    assert top > ys[1], "it leaves the arrow above alone"
    assert float(picture.get("height", 0)) > ys[-1]


def test_what_people_did_does_not_cover_the_times(cpo: Caller) -> None:
    done = Event(NOW, Lane("person-1", "Operator"), Lane("emsp", "eMSP"), "repairs it: what follows is the repair")
    picture = ElementTree.fromstring(draw([exchange(cpo)], [done]).svg(width=700))  # noqa: S314  our own
    event = next(part for part in picture.iter(f"{SVG}g") if part.get("class", "").startswith("event"))
    [text] = event.iter(f"{SVG}text")
    assert float(text.attrib["x"]) - 7 * len(done.text) / 2 > 75


def test_a_mark_stands_before_the_request_that_it_belongs_to(cpo: Caller) -> None:
    drawn = draw([exchange(cpo, url="http://cpo.test/ocpi/versions", method="GET")], mark=lambda row: "[A]")
    assert [arrow.text for arrow in drawn.arrows] == ["[A] GET /ocpi/versions", "200 / 1000, 10 ms"]
