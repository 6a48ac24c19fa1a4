"""A report as files: HTML that needs nothing else, JSON, and JUnit XML for CI."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.template.loader import render_to_string

from ocpi.protocol.moments import parse_datetime

from .comparison import Comparison, Report, compare
from .registry import Severity

FORMATS = ("html", "json", "xml")
REACH = {
    "READS": "read only (--read-only)",
    "OBJECTS": "read, and test objects whose ids begin with KIT-TEST",
    "WRITES": "also what cannot be taken back (--writes)",
    "COMMANDS": "also a charge at a charger (--commands)",
}


def file_name(report: Report) -> str:
    """`conformance-cpo-ocpi.example.com-8080`: the same for each run of one platform, so that runs can be compared."""
    parts = urlsplit(report["versions_url"])
    host = parts.netloc.rpartition("@")[2].replace(":", "-").replace("[", "").replace("]", "")
    return f"conformance-{report['target'].lower()}-{host}"


def earlier(folder: Path, report: Report) -> Report | None:
    """The last run of the same platform that was written here; None when there is none that can be read."""
    try:
        found: Report = json.loads((folder / f"{file_name(report)}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write(folder: Path, report: Report, before: Report | None, fail_on: Severity) -> list[Path]:
    """The three files; what stood there of an earlier run is replaced."""
    compared = compare(report, before)
    kept = report | {"comparison": compared.as_json() if compared else None}
    contents = {
        "html": as_html(report, compared),
        "json": json.dumps(kept, indent=2, ensure_ascii=False) + "\n",
        "xml": as_junit(report, fail_on),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{file_name(report)}.{kind}" for kind in FORMATS]
    for path, kind in zip(paths, FORMATS, strict=True):
        path.write_text(contents[kind], encoding="utf-8")
    return paths


def as_html(report: Report, compared: Comparison | None) -> str:
    return render_to_string("conformance/report.html", context(report, compared))


def context(report: Report, compared: Comparison | None) -> dict[str, Any]:
    """What the templates need: the failed results first, the worst at the top."""
    order = {severity.name: -severity for severity in Severity}
    failed = [result for result in report["results"] if result["verdict"] == "FAILED"]
    return {
        "report": report,
        "failed": sorted(failed, key=lambda result: order[result["severity"]]),
        "undecided": [result for result in report["results"] if result["verdict"] == "UNDECIDED"],
        "passed": [result for result in report["results"] if result["verdict"] == "PASSED"],
        "skipped": [result for result in report["results"] if result["verdict"] == "SKIPPED"],
        "compared": compared,
        "seconds": _seconds(report),
        "began": parse_datetime(report["started_at"]),
        "reach": REACH.get(report["options"].get("level", ""), ""),
    }


def _seconds(report: Report) -> float:
    length = parse_datetime(report["ended_at"]) - parse_datetime(report["started_at"])
    return length / timedelta(seconds=1)


def as_junit(report: Report, fail_on: Severity) -> str:
    """One test case for each check; a finding below `fail_on` is told, and is no failure."""
    counts = {"tests": len(report["results"]), "time": f"{_seconds(report):.3f}"}
    suite = ElementTree.Element("testsuite", {"name": f"OCPI 2.2.1 {report['target']}", **_texts(counts)})
    for result in report["results"]:
        _case(suite, result, fail_on)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _case(suite: ElementTree.Element, result: dict[str, Any], fail_on: Severity) -> None:
    name = f"{' '.join(result['rows'])} {result['title']}"
    about = {"classname": result["module"] or "platform", "name": name, "time": f"{result['milliseconds'] / 1000:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", about)
    told = "\n".join(_printable(finding["text"]) for finding in result["findings"])
    if result["verdict"] == "SKIPPED":
        ElementTree.SubElement(case, "skipped", {"message": _printable(result["reason"])})
    elif result["verdict"] == "UNDECIDED":
        ElementTree.SubElement(case, "error", {"message": _printable(result["reason"])})
    elif result["verdict"] == "FAILED" and Severity[result["severity"]] >= fail_on:
        failure = ElementTree.SubElement(
            case, "failure", {"message": result["explanation"], "type": result["severity"]}
        )
        failure.text = told
    elif told:
        ElementTree.SubElement(case, "system-out").text = f"{result['severity']}: {told}"


def _printable(text: str) -> str:
    """XML takes no control characters, and partners write what they like."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
