"""One act for many bills: chosen in the list, asked for on a page of its own, done once."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from ocpi.cdrs import reviews
from ocpi.cdrs.models import Review
from ocpi.core import confirm, history

from .bill_files import evidence_of
from .bill_forms import AssignForm, BulkDisputeForm, NoteForm, OptionalNoteForm

# What the history of all objects says.
DID: dict[Callable[..., Any], str] = {
    reviews.accept: "accepted", reviews.dispute: "disputed", reviews.reopen: "reopened", reviews.add_note: "noted",
    reviews.assign: "assigned",
}  # fmt: skip


class Deciding:
    """For pages where bills are decided."""

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm("ocpi_cdrs.decide_bill"))


class Bulk(Deciding):
    actions: ClassVar = [
        "accept_many",
        "dispute_many",
        "reopen_many",
        "note_many",
        "assign_many",
        "pdf_many",
        "json_many",
    ]

    @admin.action(description="Accept", permissions=["decide"])
    def accept_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return self._ask(request, rows, "Accept these bills?", OptionalNoteForm, reviews.accept)

    @admin.action(description="Dispute", permissions=["decide"])
    def dispute_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return self._ask(request, rows, "Dispute these bills?", BulkDisputeForm, reviews.dispute)

    @admin.action(description="Reopen", permissions=["decide"])
    def reopen_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return self._ask(request, rows, "Open these bills again?", OptionalNoteForm, reviews.reopen)

    @admin.action(description="Note", permissions=["decide"])
    def note_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return self._ask(request, rows, "A note on these bills", NoteForm, reviews.add_note)

    @admin.action(description="Assign", permissions=["decide"])
    def assign_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return self._ask(request, rows, "Who looks at these bills?", AssignForm, reviews.assign)

    @admin.action(description="Letter and evidence, PDF", permissions=["export"])
    def pdf_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return evidence_of(request, list(rows.values_list("pk", flat=True)), "pdf")

    @admin.action(description="Evidence, JSON", permissions=["export"])
    def json_many(self, request: HttpRequest, rows: QuerySet[Review]) -> HttpResponse | None:
        return evidence_of(request, list(rows.values_list("pk", flat=True)), "json")

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Review], title: str, form_class: Any,
        service: Callable[..., list[int]],
    ) -> HttpResponse | None:  # fmt: skip
        text = "those whose state does not allow it are left as they are"
        form = confirm.many(self, request, rows, title=title, form_class=form_class, text=text)
        if isinstance(form, HttpResponse):
            return form
        self._do_many(request, rows, service, form)
        return None

    def _do_many(
        self, request: HttpRequest, rows: QuerySet[Review], service: Callable[..., list[int]], form: OptionalNoteForm
    ) -> None:
        tell: Any = self.message_user  # type: ignore[attr-defined]
        keys = list(rows.values_list("pk", flat=True))
        try:
            done = service(keys, by=request.user, **form.given())
        except reviews.ReviewError as error:
            tell(request, f"Nothing was done: {error}.", messages.ERROR)
            return
        history.log(request, Review.objects.filter(pk__in=done).select_related("cdr"), form.told(DID[service]))
        left = len(keys) - len(done)
        text = f"Done for {len(done)} bills." + (f" {left} are in a state that does not allow it." if left else "")
        tell(request, text, messages.WARNING if left else messages.SUCCESS)
