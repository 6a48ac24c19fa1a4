"""What a learner does at a lesson: begin, answer, let happen, write, go on, switch faults, leave.

Each is a POST. A script gets the steps as they look then; without one, the browser is sent back to the lesson.
"""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from learning import explain
from learning.course import engine, sandbox
from learning.course.errors import BadMessage, Trouble
from learning.course.lesson import Break, Predict, Quiz, Step, Write
from learning.demo.errors import DemoFailed
from learning.models import Run

from . import learners, pages
from .bench import LONGEST
from .desk import Desk

Act = Callable[..., None]


def _by_post(act: Act) -> Callable[..., HttpResponse]:
    @require_POST
    @wraps(act)
    def view(request: HttpRequest, key: str, **where: Any) -> HttpResponse:
        run, trouble = learners.required_run(request, key), ""
        try:
            act(request, run, **where)
        except (Trouble, DemoFailed) as error:
            trouble = str(error)
        return _shown(request, run, trouble)

    return view


def _shown(request: HttpRequest, run: Run, trouble: str) -> HttpResponse:
    if request.headers.get("X-Requested-With") != "learning":
        return HttpResponseRedirect(reverse("learning:lesson", args=[run.lesson]))
    return JsonResponse(
        {"trouble": trouble, "steps": Desk(run).version, "steps_html": pages.render_steps(request, run)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """A sandbox is made; what the learner had open elsewhere is left. Who loads the page anew is sent to the lesson."""
    if request.method != "POST":
        return learners.left(key)
    learner = learners.admit(request)
    try:
        run = engine.begin(learner, key)
    except Trouble as trouble:
        return TemplateResponse(request, "learning/trouble.html", {"trouble": str(trouble)}, status=409)
    response = HttpResponseRedirect(reverse("learning:lesson", args=[run.lesson]))
    learners.remember(response, learner)
    return response


@require_POST
def leave(request: HttpRequest, key: str) -> HttpResponse:
    engine.leave(learners.required_run(request, key))
    return HttpResponseRedirect(reverse("learning:overview"))


@_by_post
def go_on(request: HttpRequest, run: Run) -> None:
    engine.go_on(run)


@_by_post
def submit(request: HttpRequest, run: Run, number: int) -> None:
    """An answer, a choice, a message, or the word to let it happen. A prediction leads on at once."""
    step = engine.step_of(run, number)
    engine.submit(run, number, _given(step, request.POST))
    if isinstance(step, Predict) and number == run.position:
        engine.go_on(run)


def _given(step: Step, form: QueryDict) -> dict[str, Any]:
    if isinstance(step, Write):
        return _written(form)
    if isinstance(step, Predict | Quiz | Break):
        name = "choice" if isinstance(step, Break) else "option"
        chosen = form.get("option", "")
        return {name: int(chosen) if chosen.isdecimal() and len(chosen) < 4 else -1}
    return {}


def _written(form: QueryDict) -> dict[str, Any]:
    """Raises BadMessage for a body that is no JSON: that cannot even be sent."""
    text = form.get("text", "")[:LONGEST]
    body = None
    if text.strip():
        try:
            body = explain.read(text).value
        except explain.NotReadable as stop:
            raise BadMessage([("", f"not sent, because it is no JSON: {stop.message}")]) from stop
    path, _, query = form.get("path", "").partition("?")
    module, *rest = path.strip("/").split("/")
    given = {"method": form.get("method", ""), "module": module, "path": rest, "query": query, "body": body}
    authorization = form.get("authorization", "").strip()
    headers = dict(_headers(form.get("headers", "")))
    return (
        given | ({"authorization": authorization} if authorization else {}) | ({"headers": headers} if headers else {})
    )


def _headers(text: str) -> Iterator[tuple[str, str]]:
    """One a line, as HTTP writes them. Raises BadMessage."""
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadMessage([("headers", f"{line!r} is no header; write Name: value")])
        yield name.strip(), value.strip()


@require_http_methods(["GET", "HEAD", "POST"])
def faults(request: HttpRequest, key: str) -> HttpResponse:
    """The switchboard of the learner's own world: POST `name` and `on` switches, GET shows."""
    run = learners.required_run(request, key)
    sandbox.touch(run)
    control = sandbox.control(run)
    try:
        if request.method == "POST":
            _switch(control, request.POST)
        rows = control.get("faults")
    except DemoFailed as error:
        return TemplateResponse(request, "learning/trouble.html", {"trouble": str(error), "part": True}, status=502)
    return TemplateResponse(request, "learning/faults.html", {"faults": rows, "key": key})


def _switch(control: Any, form: QueryDict) -> None:
    name = form.get("name", "")
    if not name:
        control.delete("faults")
    elif form.get("on"):
        control.put(f"faults/{_plain(name)}", _value(form.get("value", "")))
    else:
        control.delete(f"faults/{_plain(name)}")


def _plain(name: str) -> str:
    """A fault's name stands in a URL."""
    return "".join(sign for sign in name if sign.isalnum() or sign in "-.")


def _value(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        return {"value": json.loads(text)}
    except ValueError:
        return {"value": text.strip()}
