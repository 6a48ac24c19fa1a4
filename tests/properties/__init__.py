"""What must hold for every object, every order and every repetition. HYPOTHESIS_PROFILE=thorough tries many more."""

import os

from hypothesis import HealthCheck, settings

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(ordinary: int, thorough: int) -> settings:
    """So many examples, the same ones in every run: a failure here is never a matter of luck."""
    return settings(
        max_examples=thorough if THOROUGH else ordinary,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
