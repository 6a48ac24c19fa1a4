"""Who learns: a random key in a signed cookie, and nothing else. No login, no name, no address.

The cookie is sent below /learn/ only. Whoever has not begun a lesson has none.
"""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from learning.course import engine
from learning.models import Learner, Run

COOKIE = "learner"
_SALT = "learning.learner"
_KEPT = 180 * 24 * 3600  # seconds


def known(request: HttpRequest) -> Learner | None:
    """None for whoever brings no cookie, or one that we did not sign."""
    key = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_KEPT)
    return Learner.objects.filter(session_key=key).first() if key else None


def admit(request: HttpRequest) -> Learner:
    return known(request) or engine.learner(secrets.token_urlsafe(32))


def remember(response: HttpResponse, learner: Learner) -> None:
    response.set_signed_cookie(
        COOKIE, learner.session_key, salt=_SALT, max_age=_KEPT, path="/learn/", httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def open_run(request: HttpRequest, key: str) -> Run | None:
    """The learner's own run of this lesson, if there is one that has not been left."""
    learner = known(request)
    run = engine.open_run(learner) if learner else None
    return run if run is not None and run.lesson == key else None


def left(key: str) -> HttpResponse:
    """For pages of a run that is over: the lesson's own page, where it can be begun again."""
    return HttpResponseRedirect(reverse("learning:lesson", args=[key]))


def required_run(request: HttpRequest, key: str) -> Run:
    run = open_run(request, key)
    if run is None:
        raise Http404("this lesson has been left, or never begun")
    return run
