"""The way into the admin: whoever guesses passwords is made to wait, before a password is looked at."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.forms import AuthenticationForm

from ocpi.core.throttle import Throttle, source_of

_WINDOW = 15 * 60
_SOURCES_PER_ACCOUNT = 10  # guesses at one account from many addresses are limited as well


class LoginForm(AuthenticationForm):
    """Each attempt counts before the password is checked, so that many at once gain nothing; a right one is taken back.

    `request.login_wait` tells the view for how many seconds the source has to wait.
    """

    def clean(self) -> dict[str, Any]:
        counters = self._counters()
        wait = max([throttle.failed(key) for throttle, key in counters])
        if wait:
            self.request.login_wait = wait
            raise ValidationError(f"Too many failed attempts. Try again in {-(-wait // 60)} minutes.", code="throttled")
        cleaned: dict[str, Any] = super().clean()
        for throttle, key in counters:
            throttle.succeeded(key)
        return cleaned

    def _counters(self) -> list[tuple[Throttle, str]]:
        limit = settings.LOGIN_FAILURES_PER_15_MINUTES
        return [
            (Throttle("login", limit, _WINDOW), source_of(self.request)),
            (Throttle("login-account", limit * _SOURCES_PER_ACCOUNT, _WINDOW), self.data.get("username", "").lower()),
        ]


def login(request: HttpRequest) -> HttpResponse:
    """The admin's own page; HTTP 429 where the form refused to look."""
    response: HttpResponse = admin.site.login(request)
    wait = getattr(request, "login_wait", 0)
    if wait:
        response.status_code = 429
        response.headers["Retry-After"] = str(wait)
    return response
