"""One profile, carried out by locust in this process, and its figures."""

from typing import Any

import gevent
from locust import LoadTestShape, constant_throughput
from locust.env import Environment

from .calls import Cpo
from .figures import Figures, Line
from .profiles import Profile
from .target import Target

PATIENCE = 30.0  # seconds for one call


def carry_out(profile: Profile, target: Target, host: str, users: int, seconds: float) -> Figures:
    shape = _shape(profile, users, seconds)
    environment = Environment(user_classes=[_users(profile, target)], host=host, shape_class=shape)
    environment.stop_timeout = PATIENCE  # a call that has begun is counted
    runner = environment.create_local_runner()
    figures = Figures()
    watching = gevent.spawn(_watch, environment, figures)
    runner.start_shape()
    runner.shape_greenlet.join()
    runner.quit()
    watching.kill()
    figures.lines = [_line(entry) for _, entry in sorted(environment.stats.entries.items())]
    figures.total = _line(environment.stats.total, "all")
    figures.errors = [f"{each.occurrences}× {each.name}: {each.error}" for each in environment.stats.errors.values()]
    return figures


def _users(profile: Profile, target: Target) -> type[Cpo]:
    tasks = {getattr(Cpo, name): weight for name, weight in profile.calls.items()}
    fields: dict[str, Any] = {"tasks": tasks, "target": target, "abstract": False, "network_timeout": PATIENCE}
    if profile.pace:
        fields["wait_time"] = constant_throughput(profile.pace)
    return type("LoadCpo", (Cpo,), fields)


def _shape(profile: Profile, users: int, seconds: float) -> LoadTestShape:
    class Shape(LoadTestShape):
        def tick(self) -> tuple[int, float] | None:
            share = self.get_run_time() / seconds
            return None if share >= 1 else (max(1, round(users * profile.crowd(share))), float(users))

    return Shape()


def _watch(environment: Environment, figures: Figures) -> None:
    before = 0
    while True:
        gevent.sleep(1)
        total = environment.stats.total
        figures.course.append((total.num_requests - before, total.get_current_response_time_percentile(0.95) or 0))
        before = total.num_requests


def _line(entry: Any, name: str = "") -> Line:
    p50, p95, p99 = (entry.get_response_time_percentile(each) or 0 for each in (0.5, 0.95, 0.99))
    return Line(
        name or entry.name, entry.num_requests, entry.num_failures, entry.total_rps, p50, p95, p99,
        entry.max_response_time or 0,
    )  # fmt: skip
