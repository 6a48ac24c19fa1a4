"""CDRs with what became of them as bills."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from ocpi.cdrs import reviews
from ocpi.cdrs.admin import CdrAdmin
from ocpi.cdrs.models import CDR, Review
from ocpi.core import admin as core

from .bill_bulk import Deciding
from .bill_exports import CDR_COLUMNS
from .exports import Exported

# A subquery: of a join, PostgreSQL believes that hardly a row is left, and sorts millions.
_UNDER_REVIEW = Exists(Review.objects.filter(cdr=OuterRef("pk")))


class CdrDesk(Deciding, Exported, CdrAdmin):
    """With what became of the bill, and the way to put one under review."""

    export_columns, export_defer = CDR_COLUMNS, ("payload", "report")
    list_filter: ClassVar = [
        *CdrAdmin.list_filter,
        core.choices("review", "review", {
            "none": ("needs none", ~_UNDER_REVIEW & ~Q(verdict="waiting")), "any": ("under review", Q(_UNDER_REVIEW)),
        }),
    ]  # fmt: skip
    fieldsets: ClassVar = [
        CdrAdmin.fieldsets[0],
        ("Our check", {"fields": [("check_badge", "delta"), "review_link", *CdrAdmin.fieldsets[1][1]["fields"][1:]]}),
        *CdrAdmin.fieldsets[2:],
    ]
    actions_detail: ClassVar = ["review"]

    @display(description="review")
    def review_link(self, row: CDR) -> SafeString | str:
        found = Review.objects.filter(cdr=row).first()
        return (
            format_html("{} {}", core.badge("review", found.state), core.link(found, "open the review"))
            if found
            else core.DASH
        )

    @action(description="Put under review", icon="rule", permissions=["decide"], url_path="review", dialog={
        "title": "Put this bill under review?", "form_class": None, "form_submit_text": "Put under review",
        "description": "It appears in the queue of bills, where it can be disputed or accepted."})  # fmt: skip
    def review(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_cdrs.cdr"))
        found = reviews.open_for(row, by=request.user)
        self.log_change(request, row, "put under review")
        return core.go_to(core.page(found))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        known = Review.objects.filter(cdr=object_id).exists()
        return [] if known else super().get_actions_detail(request, object_id)
