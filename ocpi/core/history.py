"""What the history says of an edit: each field as it was and as it is, without secrets and without drivers.

Entries are Django's own (`LogEntry`), so that they stand on an object's history page and in the list of all of them.
They outlive the object: what identifies a driver is told to have changed, and not from what to what.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest

_SECRET = re.compile("password|secret|token", re.IGNORECASE)
_LONGEST = 120  # characters of a value


def changes(form: forms.BaseForm, hidden: Iterable[str] = ()) -> Iterator[str]:
    """`label: before → after` for each field that was changed; the label alone for secrets and what is hidden."""
    for name in form.changed_data:
        field = form.fields.get(name)  # a password form names what it has no field for
        label = str((field and field.label) or name.replace("_", " "))
        if field is None or name in hidden or _SECRET.search(name) or isinstance(field.widget, forms.PasswordInput):
            yield label
        else:
            yield f"{label}: {_before(form, name, field)} → {_shown(field, form.cleaned_data.get(name))}"


def _before(form: forms.BaseForm, name: str, field: forms.Field) -> str:
    """The initial value as the field would have read it: a row for its key."""
    value = form.get_initial_for_field(field, name)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return _shown(field, value)
    if isinstance(field, forms.ModelChoiceField) and not isinstance(value, Model):
        value = field.queryset.filter(pk=value).first() if value else None
    return _shown(field, value)


def _shown(field: forms.Field, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, forms.ChoiceField) and not isinstance(value, list):
        value = dict(field.choices).get(value, value)
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    text = ", ".join(map(str, value)) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def log(request: HttpRequest, rows: Iterable[Model], text: str) -> None:
    """One entry for each row of a bulk act."""
    user: Any = request.user
    LogEntry.objects.log_actions(user.pk, list(rows), CHANGE, text)
