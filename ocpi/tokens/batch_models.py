"""Changes to many tokens at once: an imported file, or a status set for all of a list. One row for each token to do."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ocpi.core.fields import CiCharField

from .models import Token


class TokenBatch(models.Model):
    """`counts`: tokens by what became, or would become, of them. The file is kept only until it is confirmed."""

    class Kind(models.TextChoices):
        IMPORT = "IMPORT", "import"
        BLOCK = "BLOCK", "block"
        UNBLOCK = "UNBLOCK", "unblock"

    class State(models.TextChoices):
        DRAFT = "DRAFT", "columns to be confirmed"
        CHECKING = "CHECKING", "being read"
        CHECKED = "CHECKED", "to be confirmed"
        RUNNING = "RUNNING", "being written"
        DONE = "DONE", "done"
        FAILED = "FAILED", "cannot be read"

    WORKING = (State.CHECKING, State.RUNNING)
    UNCONFIRMED = (State.DRAFT, State.CHECKED, State.FAILED)

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=255)
    content = models.BinaryField(default=b"", editable=False)
    layout = models.JSONField(default=dict, editable=False)
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    error = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField("lines", default=0)
    counts = models.JSONField(default=dict)
    written = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField("begun")
    finished_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, editable=False)  # a worker is at it

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "bulk change"
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="token_batch_state")]

    def __str__(self) -> str:
        return self.name


class TokenBatchRow(models.Model):
    """A line of the file, or a token of the list. What was written is deleted: the token itself tells it.

    `values`: what is to be set, by the names of Token's fields; `changes`: old and new, for those that differ.
    """

    class Result(models.TextChoices):
        NEW = "NEW", "new"
        CHANGED = "CHANGED", "changed"
        UNCHANGED = "UNCHANGED", "unchanged"
        BAD = "BAD", "cannot be taken"

    TO_WRITE = (Result.NEW, Result.CHANGED)

    batch = models.ForeignKey(TokenBatch, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField("line")
    result = models.CharField(max_length=9, choices=Result)
    uid = models.CharField("UID", max_length=64)
    type = models.CharField(max_length=12)
    token = models.ForeignKey(Token, models.CASCADE, null=True, related_name="+", db_index=False)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        verbose_name = "line of a bulk change"
        verbose_name_plural = "lines of bulk changes"
        indexes: ClassVar = [models.Index(fields=["batch", "result", "number"], name="token_batch_row")]

    def __str__(self) -> str:
        return f"line {self.number}"
