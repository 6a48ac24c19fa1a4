"""The dispute letter with its evidence, as PDF: what `evidence.pack` gives, laid out for people."""

import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

Json = dict[str, Any]
_FONTS = Path(__file__).parent / "fonts"
_WIDTH = A4[0] - 36 * mm
_GREY, _RED = colors.HexColor("#d4d4d8"), "#b91c1c"
_NONE = "–"


@cache
def _styles() -> dict[str, ParagraphStyle]:
    """DejaVu has the letters of every European name; once in a process."""
    pdfmetrics.registerFont(TTFont("Letter", _FONTS / "DejaVuSansCondensed.ttf"))
    pdfmetrics.registerFont(TTFont("Letter-Bold", _FONTS / "DejaVuSansCondensed-Bold.ttf"))
    pdfmetrics.registerFontFamily(
        "Letter", normal="Letter", bold="Letter-Bold", italic="Letter", boldItalic="Letter-Bold"
    )
    text = ParagraphStyle("text", fontName="Letter", fontSize=9.5, leading=13.5, spaceAfter=5)
    cell = ParagraphStyle("cell", parent=text, fontSize=8, leading=10.5, spaceAfter=0, splitLongWords=True)
    return {
        "text": text, "cell": cell,
        "number": ParagraphStyle("number", parent=cell, alignment=2),
        "small": ParagraphStyle("small", parent=cell, textColor=colors.HexColor("#52525b"), spaceAfter=3),
        "title": ParagraphStyle("title", parent=text, fontName="Letter-Bold", fontSize=16, leading=21, spaceAfter=10),
        "head": ParagraphStyle(
            "head", parent=text, fontName="Letter-Bold", fontSize=12, leading=16, spaceBefore=9, keepWithNext=1),
        "part": ParagraphStyle(
            "part", parent=text, fontName="Letter-Bold", spaceBefore=7, spaceAfter=3, keepWithNext=1),
    }  # fmt: skip


def pdf(pack: Json) -> bytes:
    """The letter first, then the evidence of each bill from a new page on."""
    out = io.BytesIO()
    title = f"Dispute of {len(pack['bills'])} charge detail record{'s' if len(pack['bills']) > 1 else ''}"
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=20 * mm,
        title=title, author=pack["from"]["name"],
    )  # fmt: skip
    story = [*_letter(pack, title)]
    for bill in pack["bills"]:
        story += [PageBreak(), *_evidence(bill)]
    document.build(story, canvasmaker=_numbered(f"{pack['from']['name']} · {title} · {pack['made_at'][:10]}"))
    return out.getvalue()


def _numbered(footer: str) -> type[Canvas]:
    """Pages that know how many there are: the footer is drawn when all are laid out."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.kept, 1):
                self.__dict__.update(page)
                self.setFont("Letter", 7.5)
                self.drawString(18 * mm, 11 * mm, footer[:110])
                self.drawRightString(A4[0] - 18 * mm, 11 * mm, f"page {number} of {len(self.kept)}")
                super().showPage()
            super().save()

    return Numbered


# --- the letter -------------------------------------------------------------------------------------------------------
def _letter(pack: Json, title: str) -> Iterator[Flowable]:
    sender, to = pack["from"], pack["to"]
    yield _p(f"{sender['name']} ({', '.join(sender['parties'])})", "small")
    yield Spacer(1, 10 * mm)
    yield _p(f"To {to['name']} ({', '.join(to['parties'])})")
    yield _p(pack["made_at"][:10])
    yield Spacer(1, 6 * mm)
    yield _p(title, "title")
    yield _p(
        "We checked these charge detail records by the tariffs that apply to them and do not agree with what they "
        "bill. Please check them and send a credit CDR for each, with a corrected one where something remains to be "
        "paid, or tell us where we are wrong. All amounts in this table are without VAT."
    )
    rows = ([
        b["cdr"], b["start"][:10], b["kwh"], *_total(b), _money(b["claimed"], b["currency"]),
    ] for b in pack["bills"])  # fmt: skip
    heads = ["CDR", "day", "kWh", "you bill", "we get", "difference", "disputed"]
    yield _table(heads, rows, [50, 20, 18, 22, 22, 21, 21], numbers=range(2, 7))
    for currency, text in _sums(pack["bills"]).items():
        yield Spacer(1, 2 * mm)
        yield _p(f"<b>{escape(currency)}</b>: {text}", raw=True)
    for bill in pack["bills"]:
        reason = bill["reason"] or bill["cause"]
        if reason:
            yield _p(f"<b>{escape(bill['cdr'])}</b>: {escape(reason)}", raw=True)
    yield _p(
        "The evidence for each follows: both calculations, what we found, the messages, and the hashes of our files."
    )
    yield _p(pack["privacy"], "small")


def _total(bill: Json) -> list[str]:
    total = bill["amounts"][-1]
    return [_money(total[name], bill["currency"]) for name in ("theirs", "ours", "difference")]


def _sums(bills: list[Json]) -> dict[str, str]:
    """One sentence for each currency; currencies are never added up."""
    found: dict[str, list[Decimal]] = {}
    for bill in bills:
        sums = found.setdefault(bill["currency"], [Decimal(0), Decimal(0)])
        sums[0] += Decimal(bill["amounts"][-1]["theirs"] or 0)
        sums[1] += Decimal(bill["claimed"] or 0)
    return {c: f"{sums[0]:,.2f} billed, {sums[1]:,.2f} disputed" for c, sums in sorted(found.items())}


# --- the evidence of one bill -----------------------------------------------------------------------------------------
def _evidence(bill: Json) -> Iterator[Flowable]:
    yield _p(f"CDR {bill['cdr']}", "title")
    yield _table(["", ""], _facts(bill), [38, 136], head=False)
    yield from _part("Both sides", _both(bill))
    yield from _part("What we found", _found(bill))
    if bill["cause"]:
        yield Spacer(1, 1.5 * mm)
        yield _p(f"Likely cause: {bill['cause']}")
    yield from _part("Our calculation, step by step", _steps(bill))
    if bill["parts"]["tariffs"]:
        names = (f"{t['id']} of {t['last_updated']} ({t['currency']})" for t in bill["parts"]["tariffs"])
        yield Spacer(1, 1.5 * mm)
        yield _p(f"By tariff {'; '.join(names)}.")
    yield from _part("Messages between the two platforms, as our journal keeps them", _messages(bill))
    yield from _part("SHA-256", _hashes(bill))


def _facts(bill: Json) -> Iterator[list[str]]:
    signed = bill["signed_data"]
    yield ["session", bill["session"] or _NONE]
    yield ["charge", f"{bill['start']} → {bill['end']}"]
    yield ["where", bill["location"]]
    yield ["contract (masked)", bill["contract_id"]]
    yield ["our verdict", f"{bill['verdict']}; {bill['state'].lower()}"]
    if bill["reason"]:
        yield ["reason of the dispute", bill["reason"]]
    yield ["signed meter data", f"yes ({signed['encoding_method']})" if signed["present"] else "none came with it"]


def _part(title: str, table: Flowable | None) -> Iterator[Flowable]:
    """A heading with its table; of a long one, the heading stays with its first lines."""
    if table is not None:
        yield _p(title, "part")
        yield table


def _both(bill: Json) -> Flowable:
    rows = []
    for line in [*bill["amounts"], *bill["volumes"]]:
        texts = [_money(line[k], line["unit"]) for k in ("theirs", "ours", "difference", "theirs_incl", "ours_incl")]
        rows.append([line["what"], *(_Red(text) if line["differs"] else text for text in texts)])
    return _table(["", "you", "we", "difference", "you, incl. VAT", "we, incl. VAT"], rows, [34, 28, 28, 28, 28, 28],
                  numbers=range(1, 6))  # fmt: skip


def _found(bill: Json) -> Flowable | None:
    rows = [
        [f["severity"], " ".join([f["sentence"], *f["tariff"]]), _money(f["amount"], bill["currency"])]
        for f in bill["findings"]
    ]
    return (
        _table(["", "finding, and the tariff that it rests on", "amount"], rows, [18, 128, 28], numbers=[2])
        if rows
        else None
    )


def _steps(bill: Json) -> Flowable | None:
    rows = [
        [
            _moment(s["start"]), s["dimension"], f"{s['volume']:g}", f"{s['billed_volume']:g}",
            _NONE if s["price"] is None else f"{s['price']:g}",
            f"{(s['cost'] or {}).get('excl_vat') or 0:.4f}", s["why"],
        ]
        for s in (bill["parts"]["calculation"] or {}).get("segments", [])
    ]  # fmt: skip
    heads = ["from (UTC)", "what", "listed", "billed", "price", "excl. VAT", "why"]
    return _table(heads, rows, [32, 22, 15, 15, 14, 17, 59], numbers=range(2, 6)) if rows else None


def _messages(bill: Json) -> Flowable | None:
    rows = [
        [_moment(m["at"]), "from you" if m["direction"] == "IN" else "from us", f"{m['method']} {m['url']}",
         f"{m['http_status'] or _NONE} / {m['status_code'] or _NONE}"]
        for m in bill["parts"]["messages"]
    ]  # fmt: skip
    return _table(["at", "", "request", "answer"], rows, [32, 17, 103, 22]) if rows else None


def _hashes(bill: Json) -> Flowable:
    rows = [["cdr as received", bill["cdr_sha256_as_received"]], *bill["sha256"].items()]
    return KeepTogether(_table(["part of the JSON file", "hash"], rows, [38, 136]))


# --- building blocks --------------------------------------------------------------------------------------------------
def _p(text: str, style: str = "text", *, raw: bool = False) -> Paragraph:
    return Paragraph(text if raw else escape(text), _styles()[style])


class _Red(str):
    """A number that both sides do not agree on."""


def _cell(value: Any, style: str) -> Paragraph:
    text = escape(str(value))
    return _p(f'<font color="{_RED}"><b>{text}</b></font>' if isinstance(value, _Red) else text, style, raw=True)


def _table(
    heads: list[str],
    rows: Iterable[Iterable[Any]],
    widths: list[int],
    *,
    numbers: Iterable[int] = (),
    head: bool = True,
) -> Table:
    """Breaks over pages between rows, and repeats its head. Widths in millimetres, scaled to the page."""
    right, scale = set(numbers), _WIDTH / sum(widths)
    style = ["number" if n in right else "cell" for n in range(len(heads))]
    lines = [[_cell(value, style[n]) for n, value in enumerate(row)] for row in rows]
    if head:
        lines.insert(0, [_p(f"<b>{escape(text)}</b>", style[n], raw=True) for n, text in enumerate(heads)])
    table = Table(lines, [width * scale for width in widths], repeatRows=1 if head else 0, splitInRow=1, hAlign="LEFT")
    table.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, _GREY),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        *([("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#f4f4f5"))] if head else []),
    ]))  # fmt: skip
    return table


def _moment(text: str) -> str:
    return text[:19].replace("T", " ")


def _money(value: str | None, unit: str) -> str:
    if value is None:
        return _NONE
    text = f"{Decimal(value):,.3f}" if unit in {"kWh", "h"} else f"{Decimal(value):,.2f}"
    return f"{text} {unit}"
