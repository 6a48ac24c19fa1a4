"""Learners, their runs of lessons, and what they answered. What a run exchanged is in the journal, not here."""

import uuid
from typing import Any, ClassVar

from django.db import models

from ocpi.partners.models import Partner


class Learner(models.Model):
    """Somebody who learns, known by the key of a browser's session or of a terminal; nothing else is known of them."""

    session_key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"learner {self.pk}"


class Run(models.Model):
    """One lesson, once. While it is OPEN it has a sandbox: a partner here, a world at the mock CPO.

    `facts` are the names that stand in the lesson's texts and messages, such as `location_id` and `session_id`.
    `position` is the step at which the learner stands.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "open"
        FINISHED = "FINISHED", "finished"
        LEFT = "LEFT", "left"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="runs")
    lesson = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    partner = models.ForeignKey(Partner, models.SET_NULL, null=True, related_name="learning_runs")
    world = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["started_at"]
        indexes: ClassVar = [
            models.Index(fields=["touched_at"], condition=~models.Q(partner=None), name="run_with_sandbox"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} of {self.learner}"

    @property
    def flow(self) -> str:
        """How the correlation ids of this run start: messages of callers whom nobody knows are found by it."""
        return f"learn-{self.id.hex[:10]}-"


class Attempt(models.Model):
    """What a learner did at one step: an answer, or something that is carried out for real (PREPARE: the beginning).

    `given` is what the learner chose or wrote, `outcome` what came of it: `claims`, `events`, `problems`, `error`.
    `right` is None where nothing is judged, or not yet.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "waiting"
        RUNNING = "RUNNING", "running"
        DONE = "DONE", "done"

    PREPARE: ClassVar[int] = -1

    run = models.ForeignKey(Run, models.CASCADE, related_name="attempts")
    step = models.SmallIntegerField()
    given = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    right = models.BooleanField(null=True)
    points = models.PositiveSmallIntegerField(default=0)
    outcome = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=~models.Q(state="DONE"), name="attempt_to_do"),
        ]

    def __str__(self) -> str:
        return f"step {self.step} of {self.run}"

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def claims(self) -> list[dict[str, Any]]:
        """Each: `says`, `holds`, `differs` (in words), `exchanges` (their ids)."""
        return self.outcome.get("claims", [])
