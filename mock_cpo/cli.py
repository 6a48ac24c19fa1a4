"""The command line: options, a clear word when the port is taken, and a clean end."""

import argparse
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from mock_cpo.config import Config
from mock_cpo.faults import FAULTS, UnknownFault
from mock_cpo.platform import Platform
from mock_cpo.recorder import Exchange
from mock_cpo.web.application import create_app
from mock_cpo.web.wire import Protocol
from ocpi.protocol.errors import InvalidObject

log = logging.getLogger("mock_cpo.http")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The same options for `manage.py mock_cpo` and `python -m mock_cpo`."""
    usual = Config()
    parser.add_argument(
        "--host", default=usual.host, help="address to listen on (default %(default)s: this machine only)"
    )
    parser.add_argument("--port", type=at_least(1), default=usual.port, help="port to listen on (default %(default)s)")
    parser.add_argument("--public-url", default="", help="URL under which eMSPs reach us (default http://HOST:PORT)")
    parser.add_argument(
        "--fast", type=pace, default=usual.fast, help="simulated seconds per real second (default %(default)s)"
    )
    parser.add_argument(
        "--hub", action="store_true", help="be a roaming hub with CPOs in four countries behind it, instead of one CPO"
    )
    parser.add_argument("--country", default=usual.country, help="our country_code (default %(default)s)")
    parser.add_argument("--party", help=f"our party_id (default {usual.party}, with --hub HUB)")
    parser.add_argument(
        "--page-size",
        type=at_least(1),
        default=usual.page_size,
        help="objects per page of a list (default %(default)s)",
    )
    parser.add_argument(
        "--locations", type=at_least(1), default=usual.locations, help="build our sites again until there are so many"
    )
    parser.add_argument(
        "--token-a", default=usual.token_a, help="CREDENTIALS_TOKEN_A for the first eMSP (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=usual.seed, help="another number, another network (default %(default)s)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="misbehave, may be repeated: " + ", ".join(fault.name for fault in FAULTS),
    )
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])


def at_least(least: int) -> Callable[[str], int]:
    """An argparse type: a whole number of at least this."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, not {text!r}")
        return int(text)

    return number


def pace(text: str) -> float:
    """An argparse type: how fast simulated time runs."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def run(options: argparse.Namespace) -> int:
    """Serves until it is told to stop. Returns the exit code."""
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        platform = build(options)
    except UnknownFault as error:
        return _complain(f"{error.args[0]}; known are: {', '.join(fault.name for fault in FAULTS)}")
    except ValueError as error:
        return _complain(f"--fault NAME=VALUE: {error}")
    except InvalidObject as error:
        return _complain(f"With these options our own objects are not valid OCPI: {error.message}")
    trouble = _port_trouble(options.host, options.port)
    if trouble:
        return _complain(trouble)
    platform.recorder.listeners.append(_log_exchange)
    _welcome(platform)
    settings = uvicorn.Config(
        create_app(platform),
        host=options.host,
        port=options.port,
        log_level="warning",
        http=Protocol,
        timeout_graceful_shutdown=2,
    )
    # uvicorn ends its work on these signals and then raises them again, for handlers that were there before.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(settings).run()
    log.info("stopped")
    return 0


def build(options: argparse.Namespace) -> Platform:
    with kept():
        return Platform(_config(options))


@contextmanager
def kept() -> Iterator[None]:
    """What is made meanwhile stays for good, a network of 20,000 locations: garbage is never looked for in it."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _config(options: argparse.Namespace) -> Config:
    return Config(
        host=options.host,
        port=options.port,
        public_url=options.public_url,
        fast=options.fast,
        country=options.country.upper(),
        party=(options.party or ("HUB" if options.hub else Config().party)).upper(),
        page_size=options.page_size,
        locations=options.locations,
        token_a=options.token_a,
        seed=options.seed,
        faults=tuple(options.fault),
        hub=options.hub,
    )


def _port_trouble(host: str, port: int) -> str | None:
    """Why we could not listen there, in one line."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"Cannot listen on {host}:{port} ({error.strerror})."
            return f"{reason} Stop what runs there, or choose another with --port {port + 1}."
    return None


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _welcome(platform: Platform) -> None:
    config = platform.config
    well_known = config.token_a if config.token_a == Config().token_a else ""
    lines = (
        f"Mock {_who(platform)}, OCPI 2.2.1, {config.fast:g} simulated seconds per second",
        f"  panel         {config.base_url}/",
        f"  API docs      {config.base_url}/docs",
        f"  versions URL  {config.versions_url}",
        f"  token A       {well_known or 'as given'}",  # whoever gave one knows it, and output ends up in logs
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _who(platform: Platform) -> str:
    if platform.hub is None:
        return f"CPO {platform.party}"
    return f"hub {platform.party} with the CPOs {', '.join(str(cpo.party) for cpo in platform.cpos)}"


def _log_exchange(exchange: Exchange) -> None:
    arrow = "→" if exchange.direction == "out" else "←"
    outcome = exchange.status or exchange.error
    log.info("%s %-6s %s  %s  %.0f ms", arrow, exchange.method, exchange.url, outcome, exchange.ms)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="mock_cpo", description="A charge point operator in a box, OCPI 2.2.1")
    add_arguments(parser)
    return run(parser.parse_args(arguments))
