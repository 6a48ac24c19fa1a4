"""What has changed since an earlier run, check by check."""

from dataclasses import dataclass, field
from typing import Any

Report = dict[str, Any]  # as `findings.Report.as_json` makes it


@dataclass(frozen=True)
class Comparison:
    """Titles of checks. `since`: when the earlier run began. What passed or was not looked at may have findings now."""

    since: str
    broken: list[str] = field(default_factory=list)  # had no findings then
    mended: list[str] = field(default_factory=list)  # had findings then, passes now
    still: list[str] = field(default_factory=list)  # has findings in both

    @property
    def nothing_new(self) -> bool:
        return not self.broken and not self.mended

    def as_json(self) -> dict[str, Any]:
        return {"since": self.since, "broken": self.broken, "mended": self.mended, "still": self.still}


def compare(now: Report, before: Report | None) -> Comparison | None:
    """None when there is no earlier run of the same kind of platform."""
    if not before or before.get("target") != now.get("target"):
        return None
    earlier = {result["key"]: result["verdict"] for result in before.get("results", [])}
    found = Comparison(str(before.get("started_at", "")))
    lists = {("FAILED", "PASSED"): found.mended, ("FAILED", "FAILED"): found.still}
    for result in now["results"]:
        change = earlier.get(result["key"], ""), result["verdict"]
        if change in lists:
            lists[change].append(result["title"])
        elif result["verdict"] == "FAILED":
            found.broken.append(result["title"])
    return found
