"""Each role sees and may do exactly what the tables in docs/operators.md say: every page, button and act there is.

Who adds a page or a button: name it in the tables, and give its permission to roles in `ocpi/operations/roles.py`.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse

from ocpi.core import admin as core
from ocpi.operations import roles
from ocpi.operations.roles import GRANTS, Role
from tests import admin_acts
from tests.admin_acts import Act
from tests.callers import Caller

DOCS = Path(settings.BASE_DIR) / "docs/operators.md"
OFFERED_IN_PARTS = 4  # of about equal length, for several processes
BY_URL = {"Add": "add", "Change": "change", "Delete": "delete"}


def table(heading: str) -> dict[tuple[str, ...], frozenset[str]]:
    """The rows below a heading, one for each name before the ticks: who has a tick."""
    text = DOCS.read_text().split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
    (*_, first, second, third, fourth), _, *rows = lines
    assert [first, second, third, fourth] == [str(role) for role in Role]
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for *names, _v, _o, _f, _a in rows:
        may = frozenset(str(role) for role, tick in zip(Role, (_v, _o, _f, _a), strict=True) if tick == "✓")
        for key in _keys(names):
            assert key not in found, f"{key} stands there twice"
            found[key] = may
    return found


def _keys(names: list[str]) -> Iterator[tuple[str, ...]]:
    if len(names) == 1:
        yield from ((page,) for page in names[0].split(", "))
    else:
        yield from ((names[0], act) for act in names[1].split("; "))


SEES, MAY = table("What each role sees"), table("What each role may do")


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    """The migration makes them; a test of another file may have emptied the database since."""
    roles.grant(apps, GRANTS)


def member(role: str) -> Client:
    client = Client()
    user = User.objects.create_user(f"the-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


# --- the tables are whole ---------------------------------------------------------------------------------------------
def test_the_docs_name_every_page_and_no_other() -> None:
    pages = {admin_acts.title(found) for found in admin_acts.registered()} | {"Overview"}
    pages |= {act.page for act in admin_acts.acts() if act.kind == "page"}
    assert {page for (page,) in SEES} == pages


def test_the_docs_name_every_act_and_no_other() -> None:
    named = {key for key in MAY if key[1] not in BY_URL}
    assert named == {(act.page, act.act) for act in admin_acts.acts() if act.act}


def test_every_permission_of_the_table_exists_and_no_other_is_ours() -> None:
    """A permission that stands in a model's Meta and in no line of the table would be nobody's."""
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    assert GRANTS.keys() - known == set()
    own = {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models() if model._meta.app_label.startswith("ocpi_")
        for codename, _ in model._meta.permissions
    }  # fmt: skip
    assert own - GRANTS.keys() == set()


def test_migrations_make_the_groups_as_the_table_says(db: None) -> None:
    for role in Role:
        held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{name}" for app, name in held} == {name for name, may in GRANTS.items() if role in may}
    Group.objects.all().delete()
    importlib.import_module("ocpi.operations.migrations.0001_roles").Migration.operations[0].code(apps, None)
    assert {group.name for group in Group.objects.all()} == {str(role) for role in Role}
    assert Group.objects.get(name="viewer").permissions.filter(codename="view_location").exists()


def test_what_a_group_was_given_besides_stays(db: None) -> None:
    extra = Permission.objects.get(codename="decide_bill")
    Group.objects.get(name="viewer").permissions.add(extra)
    roles.granting("ocpi_locations.view_location")(apps, None)
    assert Group.objects.get(name="viewer").permissions.filter(pk=extra.pk).exists()


# --- a user of each role ----------------------------------------------------------------------------------------------
@pytest.fixture
def rows(cpo: Caller) -> dict[str, list[Any]]:
    return admin_acts.samples(cpo.partner)


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether somebody may see a page is decided before it is drawn, which takes most of the time."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def status(client: Client, url: str) -> int:
    return client.get(url).status_code


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_a_role_sees_exactly_its_pages(role: str, rows: dict[str, list[Any]]) -> None:
    client, wrong = member(role), []
    for found in admin_acts.registered():
        model, row = found.opts.label_lower, rows[found.opts.label_lower][0]
        expected = 200 if role in SEES[(admin_acts.title(found),)] else 403
        urls = [core.list_page(model), core.page(row), core.page(row).replace("/change/", "/history/")]
        wrong += [url for url in urls if status(client, url) != expected]
    for act in admin_acts.acts():
        if act.kind == "page" or not act.act:
            row = rows[act.model][0] if act.model else None
            expected = 200 if role in SEES[(act.page,)] else 403
            wrong += [act.name] if status(client, admin_acts.address(act, row)) != expected else []
    assert wrong == []


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_the_sidebar_leads_a_role_to_its_pages(role: str) -> None:
    html = member(role).get(reverse("admin:index")).content.decode()
    for found in admin_acts.registered():
        if found.opts.label_lower in admin_acts.IN_SIDEBAR:
            shown = f'href="{core.list_page(found.opts.label_lower)}"' in html
            assert shown == (role in SEES[(admin_acts.title(found),)]), found


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_a_role_may_do_exactly_its_acts(role: str, rows: dict[str, list[Any]]) -> None:
    client, wrong = member(role), []
    for act in admin_acts.acts():
        if act.act and act.kind != "bulk":
            answer = status(client, admin_acts.address(act, rows[act.model][0] if act.model else None))
            if (answer in {200, 302}) != (role in MAY[act.page, act.act]) or answer not in {200, 302, 403}:
                wrong.append((act.page, act.act, answer))
    assert wrong == []


def edits(client: Client, rows: dict[str, list[Any]]) -> Iterator[tuple[str, str, bool]]:
    """For each model: whether this user may add one, and change or delete one of the samples."""
    for found in admin_acts.registered():
        model, page = found.opts.label_lower, admin_acts.title(found)
        yield page, "Add", status(client, core.list_page(model) + "add/") == 200
        urls = [core.page(row) for row in rows[model]]
        yield page, "Change", any(client.post(url, {}).status_code != 403 for url in urls)
        yield page, "Delete", any(status(client, url.replace("/change/", "/delete/")) == 200 for url in urls)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_a_role_edits_exactly_what_it_may(role: str, rows: dict[str, list[Any]]) -> None:
    client = member(role)
    may = {(page, act) for page, act, can in edits(client, rows) if can}
    assert may == {key for key, who in MAY.items() if key[1] in BY_URL and role in who}


@pytest.mark.parametrize("part", range(OFFERED_IN_PARTS))
def test_each_role_is_offered_exactly_what_it_may_do(
    part: int, rows: dict[str, list[Any]], admin_client: Client
) -> None:
    """Of the buttons that a superuser sees on the same page, those that the tables allow."""
    members, wrong, met = {str(role): member(str(role)) for role in Role}, [], set()
    for found in admin_acts.registered()[part::OFFERED_IN_PARTS]:
        model, page = found.opts.label_lower, admin_acts.title(found)
        doable = {a for a in admin_acts.acts() if a.model == model and a.act and not _part(a)}
        for url, row in [(core.list_page(model), None), *((core.page(row), row) for row in rows[model])]:
            signs = _signs(doable, page, model, row)
            of_all = admin_acts.offered(admin_client, url) & signs.keys()
            for role in SEES[(page,)]:
                expected = {sign for sign in of_all if role in signs[sign]}
                seen = admin_acts.offered(members[role], url) & signs.keys()
                wrong += [(role, url, sign) for sign in seen ^ expected]
            met |= of_all
    assert wrong == []
    assert met, "pages are read as the browser gets them"


def _part(act: Act) -> bool:
    return act.name in admin_acts.PARTS


def _signs(doable: set[Act], page: str, model: str, row: Any) -> dict[str, frozenset[str]]:
    """By what a page offers an act → who may do it."""
    signs: dict[str, frozenset[str]] = {}
    for act in doable:
        who = MAY[act.page, act.act]
        if act.kind == "bulk":
            signs[f"bulk {act.name}"] = who
        elif row is not None or act.kind == "above" or act.name.endswith("_export"):
            signs[admin_acts.address(act, row)] = who
    base = core.list_page(model)
    signs[f"{base}add/"] = MAY.get((page, "Add"), frozenset())
    if row is not None:
        signs[core.page(row).replace("/change/", "/delete/")] = MAY.get((page, "Delete"), frozenset())
    return signs


# --- users ------------------------------------------------------------------------------------------------------------
def test_an_administrator_makes_no_superusers(rows: dict[str, list[Any]]) -> None:
    client = member("administrator")
    someone = rows["auth.user"][0]
    given = {"username": "someone", "is_superuser": "on", "is_active": "on", "is_staff": "on",
             "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00",
             "user_permissions": [Permission.objects.get(codename="add_user").pk]}  # fmt: skip
    assert client.post(core.page(someone), given).status_code == 302
    someone.refresh_from_db()
    assert (someone.is_superuser, someone.user_permissions.count()) == (False, 0)


def test_an_administrator_does_not_touch_superusers(admin_user: User) -> None:
    client = member("administrator")
    assert client.post(core.page(admin_user), {}).status_code == 403
    assert client.get(core.page(admin_user).replace("/change/", "/delete/")).status_code == 403
    url = core.page(admin_user).replace("/change/", "/password/")
    assert client.post(url, {"password1": "x9-other-x9", "password2": "x9-other-x9"}).status_code == 403


def test_a_list_of_names_is_read_whole() -> None:
    assert SEES[("Map",)] == {"viewer", "operator", "finance", "administrator"}
    assert MAY["Bills to review", "Letter and evidence, PDF"] == {"finance", "administrator"}
