"""What each operation costs at 1 %, 10 % and 100 % of a roaming platform after years: `make bench-scale`.

Full size: 1,000,000 tokens, 20,000 locations (60,000 EVSEs, 120,000 connectors), 2,000,000 sessions, 5,000,000 journal
rows. Three databases are filled once, named after that of DATABASE_URL, and kept. Each operation runs through the whole
stack but the socket; the sizes take turns, so that what else the machine does falls on all alike. What is written is
committed, as durably as in production.

--share 0.01   all three sizes smaller by that, to try it    --rounds 15   --only TEXT
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
SHARES = {"1 %": 0.01, "10 %": 0.1, "100 %": 1.0}
LIMIT = 1.3  # times the cost at 1 %
TIMES = 4  # of each operation in a round: the sizes take turns, or they would meet a machine that is not the same
# Before the first. What is changed for the first time since a checkpoint is written as a whole page: a platform that
# works pays for that in the first seconds of every five minutes, a short bench in all of its rounds.
WARM_UP = 120
SIZES = {"exchanges": 5_000_000, "cdrs": 20_000, "periods": 400_000}
FILLED = (
    "ocpi_partners.Partner", "ocpi_partners.PartnerRole", "ocpi_partners.PartnerEndpoint", "ocpi_partners.PartnerToken",
    "ocpi_partners.ApiClient", "ocpi_locations.Location", "ocpi_locations.EVSE", "ocpi_locations.Connector",
    "ocpi_tariffs.Tariff", "ocpi_tokens.Token", "ocpi_sessions.Session", "ocpi_sessions.ChargingPeriod",
    "ocpi_cdrs.CDR", "ocpi_journal.Exchange",
)  # fmt: skip
Seconds = dict[str, dict[str, list[float]]]  # operation → size → seconds of each call


class Scene(NamedTuple):
    """Who asks, and for what: a partner with its first location, and tokens, sessions, an exchange that are there."""

    party: tuple[str, str]
    location: dict[str, Any]
    evse: str
    card: str
    session: str
    far: str  # the Link to a page near the end of the list of tokens
    exchange: dict[str, Any]  # by attribute


def main() -> int:
    asked = _arguments()
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    if connection.vendor != "postgresql":
        print("These sizes are for PostgreSQL: DATABASE_URL=postgres://user@127.0.0.1/bench make bench-scale")
        return 2
    connection.settings_dict["OPTIONS"].pop("options", None)  # as durable as in production
    settings.JOURNAL_ENABLED = True
    name = connection.settings_dict["NAME"]
    scenes = {}
    for size, share in SHARES.items():
        with _database(f"{name}_scale_{share * 100:.0f}"):
            scenes[size] = _prepared(share * asked.share)
    seconds = _measured(name, scenes, asked.rounds, asked.only)
    from . import pages, scale_report

    with _database(f"{name}_scale_100"):
        read = pages.read()
    text = f"{scale_report.markdown(seconds, LIMIT)}\n\n{read}"
    print(text)
    Path("reports").mkdir(exist_ok=True)
    Path("reports/bench-scale.md").write_text(text + "\n", encoding="utf-8")
    Path("reports/bench-scale.svg").write_text(scale_report.chart(seconds, LIMIT), encoding="utf-8")
    return int(any(ratio > LIMIT for ratio in scale_report.ratios(seconds).values()))


@contextmanager
def _database(name: str) -> Iterator[None]:
    """This process works on that database, which is made where it is missing."""
    import psycopg
    from django.core.cache import cache
    from django.db import connection

    settings = connection.settings_dict
    before, address = settings["NAME"], {k: settings[k.upper()] for k in ("host", "port", "user", "password")}
    connection.close()
    known = {key: value for key, value in address.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **known) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            admin.execute(f'CREATE DATABASE "{name}"')
    settings["NAME"] = name
    cache.clear()
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before


def _prepared(share: float) -> Scene:
    from django.db import connection

    from tests.performance.admin.fill import fill

    for model, rows, seconds in fill(share, only=FILLED, **SIZES):
        print(f"filled {model}: {rows:,} rows in {seconds:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # or the server writes down what was filled while somebody is measured
    return _scene()


def _scene() -> Scene:
    from ocpi.core import secrets
    from ocpi.journal.models import Exchange
    from ocpi.locations.models import Location
    from ocpi.partners.models import Partner, PartnerToken
    from ocpi.sessions.models import Session
    from ocpi.tokens.models import Token

    from .asking import ask

    partner = Partner.objects.get(pk=1)
    PartnerToken.objects.get_or_create(digest=secrets.digest("bench"), partner=partner, purpose="OPERATIONAL")
    Partner.objects.filter(pk=1).update(status="REGISTERED")
    first = Location.objects.filter(partner=partner, gone_at=None).order_by("pk")[0]
    location = Location.objects.with_children().get(pk=first.pk).to_wire()
    session = Session.objects.filter(partner=partner, status="ACTIVE").order_by("-pk")[0]
    total = Token.objects.filter(sandbox=None).count()
    page = ask("bench", "GET", f"tokens?limit=100&offset={max(0, total - 250) // 100 * 100}")
    exchange = Exchange.objects.order_by("started_at").values()[0]
    del exchange["id"]
    return Scene(
        (first.country_code, first.party_id), location, location["evses"][0]["uid"],
        Token.objects.filter(type="RFID", status="ACTIVE").order_by("-pk")[5].wire_uid, session.wire_id,
        page.headers["Link"].partition(">")[0].lstrip("<"), exchange,
    )  # fmt: skip


# --- what is done -----------------------------------------------------------------------------------------------------
_number = count(int(time.time() * 1000) % 10**9)


def _now() -> str:
    from ocpi.core import clock
    from ocpi.protocol.types import format_datetime

    return format_datetime(clock.now())


def _asks(method: str, url: Callable[[Scene], str], body: Callable[[Scene], Any] | None = None) -> Any:
    from .asking import ask

    return lambda scene: ask("bench", method, url(scene), body(scene) if body else None)


def _session(scene: Scene, **fields: Any) -> dict[str, Any]:
    from tests import factories

    country_code, party_id = scene.party
    token = factories.cdr_token(uid=scene.card)
    own = {"country_code": country_code, "party_id": party_id, "cdr_token": token, "last_updated": _now()}
    return factories.session(**own, location_id=scene.location["id"], evse_uid=scene.evse, **fields)


def _new_session(scene: Scene) -> None:
    from .asking import ask

    name = f"N{next(_number)}"
    ask("bench", "PUT", "/".join(("sessions", *scene.party, name)), _session(scene, id=name))


def _cdr(scene: Scene) -> dict[str, Any]:
    from tests import factories

    country_code, party_id = scene.party
    own = {"country_code": country_code, "party_id": party_id, "cdr_token": factories.cdr_token(uid=scene.card)}
    return factories.cdr(id=f"N{next(_number)}", last_updated=_now(), session_id=scene.session, **own)


def _journal(scene: Scene) -> None:
    """Rows as the table has them. Ids are at random, so each row enters two indexes somewhere."""
    from ocpi.core import clock
    from ocpi.core.ids import new_id
    from ocpi.journal import writer

    now = clock.now()
    writer._store([{**scene.exchange, "request_id": new_id(), "correlation_id": new_id(), "started_at": now}
                   for _ in range(100)])  # fmt: skip


def _swept(scene: Scene) -> None:
    from ocpi.sync import watch

    watch.look()


def _forgotten(scene: Scene) -> None:
    from ocpi.journal import services

    services.forget_old()


def operations() -> dict[str, Callable[[Scene], Any]]:
    def location(s: Scene) -> str:
        return "/".join(("locations", *s.party, s.location["id"]))

    def session(s: Scene) -> str:
        return "/".join(("sessions", *s.party, s.session))

    return {
        "tokens, page 1": _asks("GET", lambda s: "tokens?limit=100"),
        "tokens, a page near the end": _asks("GET", lambda s: s.far),
        "authorize": _asks("POST", lambda s: f"tokens/{s.card}/authorize"),
        "PUT a new session": _new_session,
        "PUT a known session": _asks("PUT", session, lambda s: _session(s, id=s.session)),
        "PATCH a session": _asks("PATCH", session, lambda s: {"kwh": next(_number) % 90, "last_updated": _now()}),
        "GET a session": _asks("GET", session),
        "sessions of a partner, page 1": _asks("GET", lambda s: "sessions?limit=20"),
        "PUT a location": _asks("PUT", location, lambda s: s.location | {"last_updated": _now()}),
        "PATCH the status of an EVSE": _asks("PATCH", lambda s: f"{location(s)}/{s.evse}", lambda s: {
            "status": ("CHARGING", "AVAILABLE")[next(_number) % 2], "last_updated": _now(),
        }),
        "POST a CDR": _asks("POST", lambda s: "cdrs", _cdr),
        "journal, a batch of 100": _journal,
        "sweep for silent sessions": _swept,
        "journal, forget what is old": _forgotten,
    }  # fmt: skip


def _measured(name: str, scenes: dict[str, Scene], rounds: int, only: str) -> Seconds:
    from ocpi.journal import writer

    chosen = {what: does for what, does in operations().items() if only in what}
    found: Seconds = {what: {size: [] for size in scenes} for what in chosen}
    for n in range(rounds + 1):
        for size, scene in scenes.items():
            with _database(f"{name}_scale_{SHARES[size] * 100:.0f}"):
                for what, does in chosen.items():
                    does(scene)  # on a connection that is new, statements are prepared
                    taken = [_timed(does, scene) for _ in range(TIMES if n else WARM_UP)]
                    found[what][size] += taken if n else []
                writer.flush()
    return found


def _timed(does: Callable[[Scene], Any], scene: Scene) -> float:
    begin = time.perf_counter()
    does(scene)
    return time.perf_counter() - begin


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-scale", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
