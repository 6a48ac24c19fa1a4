"""What is asked for when something is done to a bill, one or many."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)


class OptionalNoteForm(BaseDialogForm):
    note = forms.CharField(
        label="note", max_length=1500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def given(self) -> dict[str, Any]:
        """The answers, as the service names them."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("_")}

    def told(self, what: str) -> str:
        """For the history of all objects; the bill's own keeps the whole note."""
        return "; ".join([what, *(f"{name}: {str(value)[:200]}" for name, value in self.given().items() if value)])


class NoteForm(OptionalNoteForm):
    note = forms.CharField(label="note", max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


class DisputeForm(OptionalNoteForm):
    reason = forms.CharField(label="reason, for the letter", max_length=500, widget=UnfoldAdminTextInputWidget)
    amount = forms.DecimalField(
        label="amount in dispute", max_digits=18, decimal_places=4, min_value=0, required=False,
        widget=UnfoldAdminDecimalFieldWidget, help_text="Empty: what is at stake.",
    )  # fmt: skip
    field_order = ("reason", "amount", "note")


class CreditForm(OptionalNoteForm):
    cdr_id = forms.CharField(
        label="id of the credit CDR, if there is one", max_length=39, required=False, widget=UnfoldAdminTextInputWidget
    )
    field_order = ("cdr_id", "note")


class AssignForm(OptionalNoteForm):
    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(), label="to", required=False, empty_label="nobody", widget=UnfoldAdminSelectWidget
    )
    field_order = ("assignee", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = self.people()

    @staticmethod
    def people() -> QuerySet[User]:
        """Those who can log in to the admin."""
        return User.objects.filter(is_staff=True, is_active=True).order_by("username")


class BulkDisputeForm(DisputeForm):
    """Of many bills, each is disputed by what is at stake with it."""

    amount = None
