"""Conformance checks of partners, and what each of them found."""

from typing import Any, ClassVar

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core

from .models import Run
from .publishing import context


@admin.register(Run)
class RunAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["moment", "partner_name", "state_label", "errors", "warnings", "notes", "changes"]
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = [core.states("conformance", "state"), "partner"]
    list_defer: ClassVar = ("report",)
    partner_path = "partner"
    fieldsets: ClassVar = [
        (None, {"fields": [("moment", "partner_link"), ("state_badge", "counts"), "problem", "changes"]}),
        ("Findings", {"fields": ["findings"]}),
        ("Not looked at", {"fields": ["skipped"]}),
    ]

    moment = core.time_column("asked_at", "time (UTC)")
    partner_link = core.link_column("partner", "partner")

    @display(description="partner", ordering="partner__name")
    def partner_name(self, row: Run) -> str:
        return str(row.partner)

    @display(description="state", ordering="state", label=core.TONES["conformance"])
    def state_label(self, row: Run) -> tuple[str, str]:
        return row.state, str(row.get_state_display())

    @display(description="state")
    def state_badge(self, row: Run) -> SafeString:
        return core.badge("conformance", row.state, str(row.get_state_display()))

    @display(description="found")
    def counts(self, row: Run) -> str:
        passed = row.report.get("verdicts", {}).get("PASSED", 0)
        return f"{row.errors} errors, {row.warnings} warnings, {row.notes} notes; {passed} checks passed"

    @display(description="since the last check")
    def changes(self, row: Run) -> str:
        if not row.comparison:
            return core.DASH
        new, mended = row.comparison["broken"], row.comparison["mended"]
        told = [f"new: {core.lines(new)}"] if new else []
        told += [f"mended: {core.lines(mended)}"] if mended else []
        return "; ".join(told) or "nothing has changed"

    @display(description="findings")
    def findings(self, row: Run) -> SafeString | str:
        failed = context(row.report, None)["failed"] if row.report else []
        return render_to_string("conformance/findings.html", {"failed": map(_told, failed)}) if failed else core.DASH

    @display(description="not looked at")
    def skipped(self, row: Run) -> SafeString | str:
        found = [r for r in row.report.get("results", []) if r["verdict"] in ("SKIPPED", "UNDECIDED")]
        return core.table(["check", "why"], ([_title(r), r["reason"]] for r in found), full=True)


def _title(result: dict[str, Any]) -> SafeString:
    return format_html("{}<br>{}", result["title"], " ".join(result["rows"]))


def _told(result: dict[str, Any]) -> dict[str, Any]:
    findings = [{"text": finding["text"], **_exchange(finding["exchange"])} for finding in result["findings"]]
    return {"result": result, "badge": core.badge("conformance", result["severity"]), "findings": findings}


def _exchange(said: dict[str, Any] | None) -> dict[str, Any]:
    if said is None:
        return {}
    summary = f"{said['method']} {said['url']} → {said['outcome']}"
    return {"summary": summary, "body": core.pretty_body(said["response_body"])}
