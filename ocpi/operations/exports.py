"""Lists as files, CSV and XLSX, in constant memory. What a partner wrote never becomes a formula in a spreadsheet."""

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.urls import path

from ocpi.core import clock
from ocpi.protocol.types import format_datetime

Columns = Sequence[tuple[str, Callable[[Any], Any]]]
MOST_XLSX = 20_000  # rows, some seconds of a web process; CSV has no limit
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 2_000
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # of XML, so a sheet cannot hold them
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def cell(value: Any) -> Any:
    """Decimals stay exact, moments are ISO, and text that a spreadsheet would calculate is told to be text."""
    if value is None or isinstance(value, Decimal | int):
        return value
    text = format_datetime(value) if isinstance(value, datetime) else _NO_CHARACTERS.sub("", str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_cell(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else cell(value)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Columns, rows: Iterable[Any]) -> Iterator[str]:
    """With a byte order mark, without which Excel takes UTF-8 for something else."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([name for name, _ in columns])
    for row in rows:
        yield writer.writerow([_csv_cell(get(row)) for _, get in columns])


def xlsx_file(columns: Columns, rows: Iterable[Any]) -> Any:
    """A temporary file, at its beginning; openpyxl writes each row to disk and forgets it."""
    from openpyxl import Workbook  # 70 ms of each start, for a download now and then

    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    sheet.append([name for name, _ in columns])
    for row in rows:
        sheet.append([cell(get(row)) for _, get in columns])
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    book.save(file)
    file.seek(0)
    return file


def response(kind: str, name: str, columns: Columns, rows: QuerySet[Any]) -> HttpResponse:
    """The file as download; 400 for a sheet of too many rows."""
    name = f"{name}-{clock.now():%Y-%m-%d}.{kind}"
    if kind == "csv":
        lines = csv_lines(columns, rows.iterator(_CHUNK))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    if len(rows.order_by().values_list("pk")[MOST_XLSX : MOST_XLSX + 1]):
        return HttpResponseBadRequest(f"These are more than {MOST_XLSX:,} rows: narrow the list, or take CSV.")
    file = xlsx_file(columns, rows.iterator(_CHUNK))
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)


class Exported:
    """For a list of the admin: links to the filtered list as a file, for those who may export."""

    list_before_template = "operations/export_links.html"
    export_columns: Columns = ()
    export_defer: tuple[str, ...] = ()

    def get_urls(self) -> list[Any]:
        opts = self.opts  # type: ignore[attr-defined]
        own = path(
            "export/<str:kind>/", self.admin_site.admin_view(self.export_view),  # type: ignore[attr-defined]
            name=f"{opts.app_label}_{opts.model_name}_export",
        )  # fmt: skip
        return [own, *super().get_urls()]  # type: ignore[misc]

    def has_export_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm("ocpi_cdrs.export_cdr"))

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The list as it is filtered and sorted there."""
        if not self.has_export_permission(request) or not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        if kind not in {"csv", "xlsx"}:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseBadRequest("these filters cannot be read")
        rows = rows.defer(*self.export_defer)
        return response(kind, self.opts.model_name, self.export_columns, rows)  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), "may_export": self.has_export_permission(request)}
        return super().changelist_view(request, context)  # type: ignore[misc]
