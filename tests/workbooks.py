"""Workbooks as people make them, for tests of what reads them."""

import io
from typing import Any

from openpyxl import Workbook


def xlsx(*rows: list[Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()
