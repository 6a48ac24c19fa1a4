"""The course's pages: the lessons, one lesson, one message."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from learning.course import catalogue, engine, letters
from learning.course.errors import Trouble
from learning.course.lesson import Lesson
from learning.course.paths import filled
from learning.models import Run
from ocpi.core.admin import list_page
from ocpi.operations.navigation import may_see

from . import learners, traffic
from .desk import Desk
from .replay import has_charge


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """`/learn/`: the lessons with the learner's progress, and the benches."""
    learner = learners.known(request)
    run = engine.open_run(learner) if learner else None
    rows = engine.progress(learner)
    context = {
        "here": "overview", "lessons": rows, "open_key": run.lesson if run and run.state == Run.State.OPEN else "",
        "operator": is_operator(request),
        "points": sum(row["points"] for row in rows), "most_points": sum(row["most_points"] for row in rows),
        "finished": sum(row["finished"] for row in rows),
    }  # fmt: skip
    return TemplateResponse(request, "learning/overview.html", context)


@never_cache
@ensure_csrf_cookie
@require_safe
def lesson(request: HttpRequest, key: str) -> HttpResponse:
    """`/learn/<key>/`: what the lesson is about, or the desk at which it is taken."""
    found = _lesson(key)
    run = learners.open_run(request, found.key)
    if run is None:
        return TemplateResponse(request, "learning/lesson.html", _introduction(request, found))
    return TemplateResponse(request, "learning/desk.html", {**_at_desk(request, run), "operator": is_operator(request)})


def _introduction(request: HttpRequest, found: Lesson) -> dict[str, Any]:
    learner = learners.known(request)
    other = engine.open_run(learner) if learner else None
    country, party = settings.EMSP_PARTIES[0].split("-")
    # The sandbox will have a party of its own; until then it is called by its role.
    facts = {"emsp_country": country, "emsp_party": party, "country": "NL", "party": "CPO"}
    return {
        "lesson": found, "story": filled(found.story, facts), "able": [filled(each, facts) for each in found.able],
        "operator": is_operator(request),
        "other": other and catalogue.find(other.lesson),
    }  # fmt: skip


@never_cache
@require_safe
def live(request: HttpRequest, key: str) -> HttpResponse:
    """What is new since `steps` and `diagram`, the versions that the page has. It asks again and again."""
    run = learners.required_run(request, key)
    desk, drawing = Desk(run), traffic.version(run)
    answer: dict[str, Any] = {"steps": desk.version, "diagram": drawing, "busy": desk.busy}
    if request.GET.get("steps") != desk.version:
        answer["steps_html"] = render_steps(request, run)
    if request.GET.get("diagram") != drawing:
        answer["diagram_html"] = render_to_string("learning/diagram.html", _pictured(run), request)
    return JsonResponse(answer)


@never_cache
@require_safe
def message(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One message with every field explained; a part of the desk when a script asks, else a page."""
    part = request.headers.get("X-Requested-With") == "learning"
    run = learners.open_run(request, key)
    if run is None and not part:
        return learners.left(key)
    if run is None:
        raise Http404("this lesson has been left")
    context = {"message": traffic.message(request, run, number), "lesson": _lesson(key)}
    return TemplateResponse(request, f"learning/{'message' if part else 'message_page'}.html", context)


def render_steps(request: HttpRequest, run: Run) -> str:
    return render_to_string("learning/steps.html", {"desk": Desk(run), "methods": letters.METHODS}, request)


def _at_desk(request: HttpRequest, run: Run) -> dict[str, Any]:
    return {
        "desk": Desk(run),
        "methods": letters.METHODS,
        "operator_links": _operator_links(request, run),
        **_pictured(run),
    }


def _pictured(run: Run) -> dict[str, Any]:
    drawn, rows = traffic.drawn(run)
    links = {row.pk: f"/learn/{run.lesson}/messages/{row.pk}/" for row in rows}
    texts = [("Mermaid", drawn.mermaid()), ("PlantUML", drawn.plantuml()), ("text", drawn.text())]
    return {
        "version": traffic.version(run), "drawn": drawn, "picture": drawn.svg(links=links, width=traffic.WIDTH),
        "heads": drawn.heads(traffic.WIDTH),
        "listing": [(arrow, links.get(arrow.exchange.pk) if arrow.exchange else "") for arrow in drawn.arrows],
        "texts": texts, "key": run.lesson, "has_charge": has_charge(run),
    }  # fmt: skip


def _operator_links(request: HttpRequest, run: Run) -> list[tuple[str, str]]:
    """What an operator sees of this sandbox; empty for whoever may not look."""
    pages = [("messages", "ocpi_journal.exchange"), ("locations", "ocpi_locations.location"),
             ("sessions", "ocpi_sessions.session"), ("bills", "ocpi_cdrs.cdr")]  # fmt: skip
    return [
        (title, list_page(model, partner__id__exact=run.partner_id))
        for title, model in pages
        if may_see(request, model)
    ]


def _lesson(key: str) -> Lesson:
    try:
        return catalogue.find(key)
    except Trouble as trouble:
        raise Http404(str(trouble)) from trouble


def is_operator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff)  # type: ignore[union-attr]
