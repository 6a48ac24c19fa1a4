"""Which suites of tests there are, and what each validates: for `make`, `manage.py run_tests` and `learn`."""

from typing import NamedTuple

# `all` runs on PostgreSQL and Redis what can differ there. Nothing of these depends on the database; `make compliance`
# runs the black box on the one that DATABASE_URL names.
ON_SQLITE = (
    "tests/browser", "tests/compliance/blackbox",
    "ocpi/protocol", "ocpi/conformance", "learning", "ocpi/operations/tests/test_admin.py",
    "ocpi/operations/tests/test_history.py", "ocpi/operations/tests/test_roles.py", "tests/architecture",
    "tests/conformance", "tests/docs", "tests/field",
    "tests/security/test_telemetry.py", "tests/security/test_audit.py", "tests/security/test_throttle.py",
    "tests/compliance/test_types.py", "tests/compliance/test_extensions.py", "tests/compliance/test_transport.py",
    "tests/compliance/test_versions.py", "tests/security/test_isolation.py", "tests/security/test_headers.py",
    "tests/security/test_deployment.py", "tests/security/test_bodies.py", "tests/journeys/test_demo.py",
    "tests/journeys/test_doctor.py", "tests/journeys/test_foreign_conformance.py", "tests/journeys/test_foreign_cpo.py",
    "tests/journeys/test_learn_auto.py",
    "tests/journeys/test_learn_terminal.py", "tests/journeys/test_learners.py", "tests/journeys/test_readme.py",
)  # fmt: skip
# Hardest on the parts that production has; left out on SQLite where those answer.
ON_POSTGRESQL = (
    "tests/journeys/test_bills.py", "tests/journeys/test_handshake.py", "tests/journeys/test_recovery.py",
    "tests/journeys/test_restart.py", "tests/journeys/test_production.py", "tests/performance",
    "tests/security/test_leaks.py", "tests/compliance/test_web_servers.py", "tests/properties", "tests/hubs",
    "tests/compliance/test_credentials.py", "ocpi/operations/tests/test_bill_desk.py",
)  # fmt: skip


def without(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"--ignore={path}" for path in paths)


class Suite(NamedTuple):
    """`takes`: on two cores. `sqlite`, `postgresql`: arguments of pytest there; None: not run there.

    `spared` is left out on SQLite where PostgreSQL and Redis answer. `proves`: the report of compliance is of use.
    """

    validates: str
    takes: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...] | None = None
    spared: tuple[str, ...] = ()
    proves: bool = False


SUITES = {
    "quick": Suite(
        "Before each commit: every module but its pages, and how they work together, in one process. Also on "
        "PostgreSQL, where that answers: what commits and locks.",
        "under three minutes", ("-m", "not slow and not long"), ("-m", "commits and not slow and not long"),
    ),
    "unit": Suite(
        "Each module beside its code: every operation, right and wrong, every page, prices to the cent.",
        "two minutes", ("-m", "unit"),
    ),
    "integration": Suite(
        "The parts together: attacks, hubs, order and simultaneity; then real processes: handshake, charges, bills, "
        "restarts, recovery, and all lessons.",
        "some minutes", ("-m", "integration"),
    ),
    "compliance": Suite(
        "Row by row what the specification demands, each with its requirement's ID; most of them over HTTP.",
        "some minutes", ("-m", "compliance or requirement and not slow"), proves=True,
    ),
    "performance": Suite(
        "How long lists, bills and long sessions take, and that the bench of the admin measures what it says.",
        "a minute", ("-m", "performance"),
    ),
    "all": Suite(
        "Everything, on both databases: the above, real browsers, learners, and platforms with one defect each that "
        "the conformance kit must find.",
        "ten minutes", (), ("ocpi", "tests", *without(ON_SQLITE)),
        spared=ON_POSTGRESQL, proves=True,
    ),
}  # fmt: skip
