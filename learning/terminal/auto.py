"""`manage.py learn --auto`: every lesson is played and judged; what differs from its claims is listed."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.db import connections
from rich.console import Console

from learning.course import auto, engine
from learning.course.auto import Report
from learning.course.lesson import Lesson

_AT_A_TIME = 3


def play_all(console: Console, lessons: Sequence[Lesson], learners: int = 1) -> bool:
    """Whether every real answer was what the lessons claim. Several at a time: they cannot meet."""
    started = time.monotonic()
    with ThreadPoolExecutor(max(_AT_A_TIME, learners)) as pool:
        reports = []
        for report in pool.map(_play, [lesson for lesson in lessons for _ in range(learners)]):
            _tell(console, report)
            reports.append(report)
    failed = [report for report in reports if report.differences]
    figures = f"{sum(r.claims for r in reports)} claims, {sum(r.messages for r in reports)} messages"
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        console.print(f"\n[red]{len(failed)} of {len(reports)} lessons differ from what really happened[/] ({took})")
    else:
        console.print(f"\n[green]All {len(reports)} lessons hold[/]: {figures}, {took}")
    return not failed


def _play(lesson: Lesson) -> Report:
    learner = engine.learner(f"auto-{uuid4().hex}")
    try:
        return auto.play(lesson, learner)
    except Exception as error:  # one lesson that breaks must not hide what the others say
        return Report(lesson, [f"it broke: {type(error).__name__}: {error}"])
    finally:
        learner.delete()
        connections.close_all()


def _tell(console: Console, report: Report) -> None:
    mark = "[red]✗[/]" if report.differences else "[green]✓[/]"
    figures = f"{len(report.lesson.steps)} steps, {report.claims} claims, {report.messages} messages"
    console.print(f"{mark} {report.lesson.number:>2} {report.lesson.title}  [dim]{figures}[/]", highlight=False)
    for difference in report.differences:
        console.print(f"     {difference}", style="red", markup=False, highlight=False)
