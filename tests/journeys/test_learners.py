"""Ten learners at once on one demo: none meets another, and nothing of them stays."""

from pathlib import Path

import pytest

from tests.platforms import running_demo

from .conftest import manage

_LEFT = """
from learning.models import Learner, Run
from ocpi.journal.models import Exchange
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.tokens.models import Token
print(Partner.objects.filter(sandbox=True).count(), Token.objects.exclude(sandbox=None).count(),
      Exchange.objects.filter(correlation_id__startswith="learn-").count(),
      Location.objects.filter(partner__sandbox=True).count(), Run.objects.count(), Learner.objects.count())
"""


@pytest.mark.timeout(300)
def test_ten_learners_do_not_mix_and_leave_nothing_behind(environment: dict[str, str], tmp_path: Path) -> None:
    with running_demo(environment, tmp_path) as demo:
        before = demo.app.count("locations"), demo.app.count("tokens"), demo.app.count("tariffs")
        ports = ["--emsp-port", str(demo.emsp), "--cpo-port", str(demo.cpo)]
        played = manage(environment, "learn", "--auto", "--learners", "10", "handshake", *ports, timeout=200)
        assert played.returncode == 0, played.stdout + played.stderr
        assert played.stdout.count("✓") == 10
        left = manage(environment, "shell", "--no-imports", "-c", _LEFT)
        assert left.stdout.split() == ["0"] * 6, left.stdout + left.stderr
        assert demo.control.get("worlds") == {"worlds": 0}
        assert (demo.app.count("locations"), demo.app.count("tokens"), demo.app.count("tariffs")) == before
