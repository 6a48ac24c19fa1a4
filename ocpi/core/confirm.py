"""Questions before dangerous acts: a name is typed, so that nobody does it to the wrong partner; the reason is kept.

    @action(..., dialog={"form_class": confirm.named("ocpi_partners.Partner"), ...})      one object
    form = confirm.many(self, request, rows, title="Block them?", form_class=confirm.CountForm)      many of a list

The name is that of the row behind the button, or of its partner: `named("ocpi_sync.Pull", "partner__name")`.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects, unquote
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget


def _same(typed: str, meant: str) -> bool:
    """Letter by letter; how many spaces stand between words is nobody's mistake."""
    return bool(meant) and typed.split() == meant.split()


class WhyForm(BaseDialogForm):
    why = forms.CharField(
        label="why, for the history", required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def told(self, what: str) -> str:
        """What the history says: the act, and why."""
        why = self.cleaned_data.get("why")
        return f"{what}: {why}" if why else what


class _TypedForm(WhyForm):
    """`meant` is what must be typed."""

    typed = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}))
    field_order = ("typed", "why")
    what = "its name"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["typed"].label = f"type {self.what}: {self.meant}"

    @property
    def meant(self) -> str:
        raise NotImplementedError

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if not _same(typed, self.meant):
            raise ValidationError(f"this is not {self.what}")
        return typed


def named(model: str, path: str = "name", what: str = "the partner's name") -> type[_TypedForm]:
    """A form that wants the name of the row behind the button; `path` leads from the row, `app.Model`, to the name."""

    class NameForm(_TypedForm):
        @property
        def meant(self) -> str:
            with suppress(ValueError, ValidationError):  # an address that is no key
                rows = apps.get_model(model)._default_manager.filter(pk=self.object_id)
                return str(rows.values_list(path, flat=True).first() or "")
            return ""

    NameForm.what = what
    return NameForm


# --- many rows of a list ----------------------------------------------------------------------------------------------
class CountForm(_TypedForm):
    """Wants to be told how many they are."""

    what = "how many they are"

    @property
    def meant(self) -> str:
        return str(self.object_id)


def many(
    model_admin: Any, request: HttpRequest, rows: QuerySet[Any], *, title: str, form_class: Any = WhyForm,
    text: str = "", button: str = "Do it",
) -> Any:  # fmt: skip
    """For an action of a list: a page that asks, as a TemplateResponse; once that was answered, the form.

    It works for the rows that were ticked, and for all that the list's filters leave.
    """
    confirmed = "confirmed" in request.POST
    count = rows.count()
    form = form_class(request=request, object_id=count, data=request.POST if confirmed else None)
    if confirmed and form.is_valid():
        return form
    context = model_admin.admin_site.each_context(request) | {
        "title": title, "text": text, "button": button, "form": form, "opts": model_admin.opts,
        "count": count, "action": request.POST.get("action", ""), "across": request.POST.get("select_across") == "1",
        "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
    }  # fmt: skip
    return TemplateResponse(request, "ocpi_core/confirm_many.html", context)


# --- deleting ---------------------------------------------------------------------------------------------------------
class NamedDelete:
    """Before an object is deleted, its name is typed."""

    delete_confirmation_template = "ocpi_core/delete.html"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with it is counted, not listed: of a user there are thousands of log entries."""
        rows = list(objs)
        found = NestedObjects(using=router.db_for_write(self.model), origin=rows)  # type: ignore[attr-defined]
        found.collect(rows)
        counts = {model._meta.verbose_name_plural: len(gone) for model, gone in found.model_objs.items()}
        refused = {
            model._meta.verbose_name for model, gone in found.model_objs.items() if not self._may_go(gone, request)
        }
        related = [f"{name}: {count}" for name, count in counts.items() if name != self.opts.verbose_name_plural]  # type: ignore[attr-defined]
        return related, counts, refused, [str(row) for row in found.protected]

    def _may_go(self, rows: Iterable[Any], request: HttpRequest) -> bool:
        site: AdminSite = self.admin_site  # type: ignore[attr-defined]
        return not any(
            site.is_registered(type(row)) and not site.get_model_admin(type(row)).has_delete_permission(request, row)
            for row in rows
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        may = row is not None and self.has_delete_permission(request, row)  # type: ignore[attr-defined]
        if request.method == "POST" and may and not _same(request.POST.get("typed", ""), str(row)):
            messages.error(request, "Nothing was deleted: this is not its name.")
            return redirect(request.get_full_path())
        return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
