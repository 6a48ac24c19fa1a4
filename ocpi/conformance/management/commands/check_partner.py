"""`manage.py check_partner --as emsp --versions-url URL --token A`: does that platform speak OCPI 2.2.1?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ocpi.conformance import engine, publishing
from ocpi.conformance.findings import Result, Verdict
from ocpi.conformance.kit import Kit, Options
from ocpi.conformance.listener import Listener
from ocpi.conformance.registry import Level, Severity, Target
from ocpi.core.client import check_target
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import PartyId

TARGETS = {"emsp": Target.CPO, "cpo": Target.EMSP}
MODULES = ("locations", "tariffs", "sessions", "cdrs", "tokens", "commands", "chargingprofiles", "hubclientinfo")
SIGNS = {Verdict.PASSED: ".", Verdict.FAILED: "F", Verdict.SKIPPED: "-", Verdict.UNDECIDED: "?"}


class Command(BaseCommand):
    """Exit codes: 0 nothing found, 1 findings, 2 the run could not be carried out."""

    help = "Check whether a CPO (--as emsp) or an eMSP (--as cpo) speaks OCPI 2.2.1. Needs no database."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="played", choices=sorted(TARGETS), required=True, help="what we play")
        parser.add_argument("--versions-url", required=True, help="their versions endpoint")
        parser.add_argument("--token", required=True, help="a CREDENTIALS_TOKEN_A that they gave us; it is used up")
        parser.add_argument("--second-token", default="", help="another token A: a second party, for isolation")
        parser.add_argument("--party", default="NL-KIT", help="who we are (default %(default)s)")
        parser.add_argument("--plain-auth", action="store_true", help="they do not Base64-encode tokens")
        self._add_reach(parser)
        self._add_server(parser)
        self._add_output(parser)

    def _add_reach(self, parser: CommandParser) -> None:
        reach = parser.add_mutually_exclusive_group()
        for name, level, text in (
            ("read-only", Level.READS, "leave nothing there: handshake and reads only"),
            ("writes", Level.WRITES, "also what cannot be taken back: sessions, CDRs of nothing, new credentials"),
            ("commands", Level.COMMANDS, "also start and stop a charge at a charger (implies --writes)"),
        ):
            reach.add_argument(f"--{name}", dest="level", action="store_const", const=level, help=text)
        parser.add_argument("--without", action="append", default=[], choices=MODULES, metavar="MODULE",
                            help="they do not offer it; may be repeated")  # fmt: skip
        parser.add_argument("--endpoint", action="append", default=[], metavar="MODULE=URL",
                            help="they take it, and do not list it; may be repeated")  # fmt: skip
        parser.add_argument("--location", default="", help="LOCATION_ID[/EVSE_UID] where commands may move a charger")
        parser.add_argument("--only", action="append", default=[], metavar="ROW", help="only checks of these rows")
        parser.add_argument("--most", type=int, default=200, help="objects read of one list (default %(default)s)")
        parser.add_argument("--patience", type=float, default=30.0,
                            help="seconds to wait for results, sessions and CDRs (default %(default)s)")  # fmt: skip
        parser.set_defaults(level=Level.OBJECTS)

    def _add_server(self, parser: CommandParser) -> None:
        parser.add_argument("--listen", default="127.0.0.1:0", help="address of our server (default %(default)s)")
        parser.add_argument("--public-url", default="", help="URL under which they reach our server")

    def _add_output(self, parser: CommandParser) -> None:
        parser.add_argument("--reports", type=Path, default=Path("reports"), help="folder (default %(default)s)")
        parser.add_argument("--fail-on", choices=["error", "warning", "note"], default="error",
                            help="the least finding that makes the exit code 1 (default %(default)s)")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_target(options["versions_url"])
        except PartnerError as error:
            raise CommandError(f"--versions-url: {error}", returncode=2) from error
        listener = _listener(options["listen"], options["public_url"])
        try:
            report = engine.run(self._kit(listener, options), only=options["only"], progress=self._tell)
        finally:
            listener.close()
        told = report.as_json()
        least = Severity[options["fail_on"].upper()]
        before = publishing.earlier(options["reports"], told)
        paths = publishing.write(options["reports"], told, before, least)
        self._conclude(told, before, paths)
        if report.stopped:
            raise CommandError(f"the run ended before its time: {report.stopped}", returncode=2)
        if any(result.check.severity >= least for result in report.failed):
            raise CommandError("there are findings", returncode=1)

    def _kit(self, listener: Listener, options: dict[str, Any]) -> Kit:
        country, _, party = options["party"].partition("-")
        if len(country) != 2 or not 0 < len(party) <= 3:
            raise CommandError("--party is a country and a party id, such as NL-KIT", returncode=2)
        reach = Options(
            level=options["level"], without=frozenset(options["without"]), most=options["most"],
            patience=options["patience"], second_token=options["second_token"], location=options["location"],
            plain_auth=options["plain_auth"], endpoints=_endpoints(options["endpoint"]),
        )  # fmt: skip
        target = TARGETS[options["played"]]
        return Kit(target, options["versions_url"], options["token"], listener, reach, PartyId(country, party))

    def _tell(self, result: Result) -> None:
        self.stdout.write(SIGNS[result.verdict], ending="")
        self.stdout.flush()

    def _conclude(self, report: dict[str, Any], before: dict[str, Any] | None, paths: list[Path]) -> None:
        shown = publishing.context(report, publishing.compare(report, before))
        self.stdout.write("\n")
        for result in shown["failed"]:
            self.stdout.write(f"{result['severity']:<8} {' '.join(result['rows'])}  {result['title']}")
            for finding in result["findings"]:
                self.stdout.write(f"           {finding['text']}")
        counts = {**report["severities"], **report["verdicts"]}
        self.stdout.write(", ".join(f"{count} {name.lower()}" for name, count in counts.items()))
        if shown["compared"]:
            told = shown["compared"]
            self.stdout.write(f"Since {told.since}: {len(told.broken)} new, {len(told.mended)} mended, "
                              f"{len(told.still)} as before.")  # fmt: skip
        self.stdout.write("Reports: " + ", ".join(str(path) for path in paths))


def _endpoints(told: list[str]) -> dict[str, str]:
    found = dict(each.partition("=")[::2] for each in told)
    for module, url in found.items():
        try:
            check_target(url)
        except PartnerError as error:
            raise CommandError(f"--endpoint {module}: {error}", returncode=2) from error
        if module not in MODULES:
            raise CommandError(f"--endpoint {module}: one of {', '.join(MODULES)}", returncode=2)
    return found


def _listener(address: str, public_url: str) -> Listener:
    host, _, port = address.rpartition(":")
    try:
        return Listener(host or "127.0.0.1", int(port), public_url)
    except (OSError, ValueError, OverflowError) as error:
        raise CommandError(f"--listen {address}: {error}", returncode=2) from error
