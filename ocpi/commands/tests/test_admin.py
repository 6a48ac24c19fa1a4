"""Commands in the admin: their steps as a timeline, their messages beside them."""

from django.test import Client

from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.partners.order_admin import WAITING, WITHOUT_RESULT, steps
from ocpi.protocol.states import COMMAND
from tests import admin_pages, factories
from tests.callers import Caller

COMMANDS = core.list_page("ocpi_commands.command")


def test_a_command_leads_to_session_token_place_and_its_messages(admin_client: Client, cpo: Caller) -> None:
    story = admin_pages.story(cpo.partner)
    html = admin_pages.page(admin_client, core.page(story["command"]))
    for kind in ("session", "token", "location", "partner", "exchange"):
        assert f'href="{core.page(story[kind])}"' in html, kind


def test_the_steps_are_a_timeline_with_the_time_between_them(admin_client: Client, cpo: Caller) -> None:
    command = admin_pages.story(cpo.partner)["command"]
    command.steps = [
        {"state": "QUEUED", "at": "2026-03-01T10:00:00Z", "detail": "by App"},
        {"state": "SENDING", "at": "2026-03-01T10:00:00.500Z", "detail": ""},
        {"state": "REJECTED", "at": "2026-03-01T10:00:02Z", "detail": "NOT_SUPPORTED"},
    ]
    command.save()
    shown = steps(command)
    assert [(step["after"], step["tone"]) for step in shown] == [
        ("", "info"), ("after 0.5 s", "info"), ("after 1.5 s", "danger"),
    ]  # fmt: skip
    html = admin_pages.page(admin_client, core.page(command))
    assert html.index("by App") < html.index("NOT_SUPPORTED")


def test_every_state_belongs_to_one_outcome_of_the_filter(admin_client: Client, cpo: Caller) -> None:
    command = admin_pages.story(cpo.partner)["command"]
    for state in COMMAND.states:
        Command.objects.update(state=state)
        found = [
            admin_client.get(f"{COMMANDS}?outcome={outcome}").context["cl"].result_count
            for outcome in ("waiting", "none", "done", "failed")
        ]
        assert sum(found) == 1, state
    Command.objects.filter(pk=command.pk).update(state="UNKNOWN")
    assert Command.objects.filter(WITHOUT_RESULT).exists()
    assert not Command.objects.filter(WAITING).exists()


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.location(cpo.partner)

    def add(n: int) -> None:
        admin_pages.start(factories.token(uid=f"CARD{n}"))

    admin_pages.assert_cost_is_constant(admin_client, COMMANDS, add, at_most=7)
