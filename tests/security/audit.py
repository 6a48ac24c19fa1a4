"""Known vulnerabilities in what requirements.txt pins, by pip-audit. Without a network it says so and lets you go on.

python -m tests.security.audit
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    program = Path(sys.executable).with_name("pip-audit")
    command = [str(program), "-r", "requirements.txt", "--no-deps", "--disable-pip", "--format", "json",
               "--timeout", "10", "--progress-spinner", "off"]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        print("pip-audit: left out, the vulnerability database does not answer in time")
        return 0
    code, text = verdict(done.stdout, done.stderr)
    print(text)
    return code


def verdict(output: str, complaint: str) -> tuple[int, str]:
    """Exit code and what to tell. Only a vulnerability that is known fails; a database that is away is no finding."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = (complaint.strip().splitlines() or ["no answer"])[-1][:200]
        return 0, f"pip-audit: left out, the vulnerability database cannot be reached ({why})"
    found = [
        f"{package['name']} {package['version']}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'nothing'}"
        for package in packages
        for each in package.get("vulns", [])
    ]
    if found:
        return 1, "pip-audit: known vulnerabilities\n- " + "\n- ".join(found)
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return 0, "pip-audit: left out, the vulnerability database knows none of our packages"
    left_out = f"; not looked at: {', '.join(skipped)}" if skipped else ""
    return 0, f"pip-audit: no known vulnerability in {len(packages) - len(skipped)} packages{left_out}"


if __name__ == "__main__":
    sys.exit(main())
