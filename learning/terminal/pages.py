"""What the menu tells: where the API is described, what is wrong here, and where to read on."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from learning import doctor

_MARKS = {doctor.OK: "[green]✓[/]", doctor.NOTE: "[yellow]•[/]", doctor.WRONG: "[red]✗[/]"}
_SYMPTOMS = (
    ("a lesson does not begin", "both platforms must run, on the same database: menu 3, health"),
    (
        "401 wherever one knocks",
        "tokens are Base64 in the header: `printf %s TOKEN | base64`",
    ),
    ("HTTP 200, and it did not work", "look at status_code: 2xxx is your message, 3xxx is the other side"),
    ("a command stays «waiting»", "is there a worker? `python manage.py doctor` says so"),
    ("port 8000 or 8001 is in use", "--emsp-port and --cpo-port choose others"),
    (
        "something of a lesson is still there",
        "it is wiped out after LEARNING_IDLE_MINUTES, or by the next one",
    ),
)
_RESOURCES = (
    ("OCPI 2.2.1, the specification", "https://github.com/ocpi/ocpi/tree/release-2.2.1-bugfixes"),
    ("EV Roaming Foundation", "https://evroaming.org"),
    ("docs/compliance.md", "what the specification demands, and the proof row by row"),
    ("docs/pricing.md", "how bills are checked to the cent"),
    ("docs/synchronisation.md", "what gets lost between platforms, and what mends itself"),
    ("docs/other-stacks.md", "what partners do otherwise than the specification says"),
    ("ocpi/protocol", "OCPI as plain Python: one file for each chapter"),
    ("learning/course/lessons", "the lessons; adding one is adding a file"),
)


def documentation(console: Console, emsp_url: str, cpo_url: str) -> None:
    rows = (
        ("eMSP, for partners and apps", f"{emsp_url}/docs"),
        ("eMSP, the OpenAPI document", f"{emsp_url}/schema"),
        ("eMSP, where partners begin", f"{emsp_url}/ocpi/versions"),
        ("the admin (demo / demo after a demo)", f"{emsp_url}/admin/"),
        ("mock CPO, OCPI and control API", f"{cpo_url}/docs"),
        ("mock CPO, its panel: chargers and faults", f"{cpo_url}/"),
        ("mock CPO, where partners begin", f"{cpo_url}/ocpi/cpo/versions"),
    )
    _table(console, rows)
    console.print(
        '   try: curl -H "Authorization: Token test_token_c_123" ' + f"{emsp_url}/ocpi/versions", markup=False
    )


def troubleshooting(console: Console) -> None:
    """What the doctor finds, then what people often ask."""
    for answer in doctor.examine():
        console.print(f"   {_MARKS[answer.state]} {escape(f'{answer.about:<11} {answer.found}')}", highlight=False)
        if answer.mend:
            console.print(f"       → {answer.mend}", markup=False, highlight=False)
    console.print()
    _table(console, _SYMPTOMS)


def resources(console: Console) -> None:
    _table(console, _RESOURCES)


def _table(console: Console, rows: tuple[tuple[str, str], ...]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, text in rows:
        table.add_row(f"[bold]{escape(name)}[/]", escape(text))
    console.print(table)
