"""`.env.example` and the settings tell the same story."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_from_the_environment_is_in_the_example() -> None:
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z0-9_]+)\"""", (ROOT / "emsp_project/settings.py").read_text()))
    shown = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == shown


@pytest.mark.requirement("SEED-10")
def test_the_settings_that_the_project_promises_exist() -> None:
    promised = (
        "PROJECT_NAME ENVIRONMENT DEBUG OCPI_HOST PROTOCOL COUNTRY_CODE PARTY_ID NO_AUTH SECRET_KEY DATABASE_URL "
        "REDIS_URL BACKEND_CORS_ORIGINS LOG_LEVEL"
    )
    example = (ROOT / ".env.example").read_text()
    assert not {name for name in promised.split() if f"{name}=" not in example}
