"""How far we are with each module of each partner, what was left out on the way, and what we are waiting for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from ocpi.cdrs.models import CDR
from ocpi.core import clock
from ocpi.core.fields import CiCharField
from ocpi.partners.models import Partner
from ocpi.sessions.models import Session
from ocpi.sessions.watchdog import WATCHED

DEAD = timedelta(minutes=10)  # a pull that has finished no page for so long belongs to a worker that died
HANDED_OUT = timedelta(minutes=10)  # a task that nobody began for so long is lost


class Pull(models.Model):
    """One module of one partner. `high_water` moves only after the last page of a pull (PAG-25).

    A crawl that breaks leaves `list_no` and `next_url` where it stood: the next worker goes on there.
    """

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="pulls")
    module = models.CharField(max_length=16)
    high_water = models.DateTimeField(null=True, blank=True, help_text="the newest last_updated of the last whole pull")
    running_since = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    received = models.PositiveIntegerField(default=0, help_text="objects in the last pull")
    changed = models.PositiveIntegerField(default=0, help_text="of those, new or newer than ours")
    skipped = models.PositiveIntegerField(default=0, help_text="of those, invalid or not theirs")
    problems = models.JSONField(default=list, help_text="why objects were skipped; the first twenty")
    error = models.CharField(max_length=500, blank=True)
    # Who works on it: every write of a worker names its claim, so that one that was taken for dead writes no more.
    queued_at = models.DateTimeField(null=True, editable=False)
    claim = models.CharField(max_length=36, blank=True, editable=False)
    beat_at = models.DateTimeField(null=True, editable=False)
    # Where the crawl stands; `since` is None when it asks for everything.
    began_at = models.DateTimeField(null=True, editable=False)
    since = models.DateTimeField(null=True, editable=False)
    list_no = models.PositiveIntegerField(default=0, editable=False)
    next_url = models.TextField(blank=True, editable=False)
    pages = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(null=True, editable=False)  # X-Total-Count, of all lists until now
    newest = models.DateTimeField(null=True, editable=False)
    their_start = models.DateTimeField(null=True, editable=False)  # the beginning of the crawl, by their clock
    # What the next pull should know.
    full_at = models.DateTimeField(null=True, editable=False)  # the last pull of everything that came to its end
    look_back_to = models.DateTimeField(null=True, editable=False)  # the next pull begins no later than there
    # The brake: so many would have vanished, and nobody believed it (PAG-26).
    withheld = models.PositiveIntegerField(default=0, help_text="objects that a pull wanted to take away")
    believe = models.BooleanField(default=False, help_text="an operator lets the next pull take away what it does")

    class Meta:
        ordering: ClassVar = ["partner", "module"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "module"], name="pull_once")]

    def __str__(self) -> str:
        return f"{self.module} of {self.partner}"

    @property
    def complete(self) -> bool:
        """Whether this crawl asks for everything, so that what it does not bring is gone."""
        return self.since is None

    @property
    def stopped_midway(self) -> bool:
        return bool(self.next_url) or self.list_no > 0

    @staticmethod
    def alive() -> Q:
        """Those that a worker is working on."""
        since = clock.now() - DEAD
        return Q(running_since__isnull=False) & (Q(running_since__gt=since) | Q(beat_at__gt=since))

    @staticmethod
    def handed_out() -> Q:
        return Q(queued_at__gt=clock.now() - HANDED_OUT)


class ListedPage(models.Model):
    """What one page of a complete crawl listed; kept until the crawl's end, also over a restart."""

    pull = models.ForeignKey(Pull, models.CASCADE, related_name="listed")
    keys = models.JSONField()  # [[country_code, party_id, id], …] as CiString keys
    nameless = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{len(self.keys)} objects"


class Agreement(models.Model):
    """What was agreed with one partner, where it differs from the settings; an empty field means the setting."""

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="agreement")
    vanish_percent = models.PositiveSmallIntegerField(
        "believable loss, %", null=True, blank=True, validators=[MaxValueValidator(100)],
        help_text="a pull that would take away more than this share is not believed (OCPI_VANISH_PERCENT)",
    )  # fmt: skip
    bill_hours = models.PositiveIntegerField(
        "bills within, hours", null=True, blank=True,
        help_text="a CDR comes within this time after the end of its charge (OCPI_CDR_LATE_HOURS)",
    )  # fmt: skip
    silent_minutes = models.PositiveIntegerField(
        "news within, minutes", null=True, blank=True,
        help_text="a running charge is updated at least this often (OCPI_SESSION_SILENT_MINUTES)",
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["partner"]

    def __str__(self) -> str:
        return f"agreement with {self.partner}"

    @classmethod
    def believable_loss(cls, partner: Partner) -> Decimal:
        """The share, 0 to 1, of a module's objects that one pull may take away."""
        own = cls.objects.filter(partner=partner).values_list("vanish_percent", flat=True).first()
        return Decimal(settings.OCPI_VANISH_PERCENT if own is None else own) / 100


class QuarantinedObject(models.Model):
    """An object of a pulled list that could not be taken over, until a valid one comes in its place.

    `sealed` is the object as it came, encrypted, for the replay; `shown` is what operators see: redacted as the
    journal is (TRA-53). Once the row is closed, neither is kept.
    """

    class Closed(models.TextChoices):
        CAME = "CAME", "a valid version came"
        REPLAYED = "REPLAYED", "replayed"

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="quarantine")
    module = models.CharField(max_length=16)
    country_code = CiCharField(max_length=2, blank=True)
    party_id = CiCharField("party", max_length=3, blank=True)
    object_id = CiCharField("object", max_length=39, blank=True)
    key = models.CharField(max_length=64, editable=False)
    field = models.CharField(max_length=255, blank=True, help_text="the first field at fault")
    reason = models.TextField()
    count = models.PositiveIntegerField("times", default=1)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=8, choices=Closed, blank=True)
    sealed = models.TextField(blank=True, editable=False)
    shown = models.TextField(blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = "object left out"
        verbose_name_plural = "objects left out"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "module", "key"], name="quarantined_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closed_at", "last_seen"], name="quarantine_open"),
            models.Index(fields=["last_seen"], name="quarantine_age"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id or 'nameless'} in {self.module} of {self.partner}"


class SessionWatchQuerySet(models.QuerySet[Any]):
    def current(self) -> Self:
        """Those whose session has said nothing since it was flagged; news clears the flag at once (SES-39)."""
        return self.filter(session__status__in=WATCHED, session__last_updated=F("last_news"))


class SessionWatch(models.Model):
    """A charge from which no news comes: flagged, pulled, escalated, and never closed by us (SES-39)."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="watch")
    last_news = models.DateTimeField("last news")  # the session's last_updated when it was flagged
    stale_since = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)

    objects = SessionWatchQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = "silent session"

    def __str__(self) -> str:
        return f"{self.session} since {self.last_news:%Y-%m-%d %H:%M}"

    def holds(self, session: Session) -> bool:
        """The same for one row as `current` for many."""
        return session.status in WATCHED and session.last_updated == self.last_news


class MissingBill(models.Model):
    """A charge that ended and for which no CDR came in the agreed time (FLD-28)."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="missing_bill")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="missing_bills")
    found_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField("pulled", default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField("bill came", null=True, blank=True)
    cdr = models.ForeignKey(CDR, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="CDR")

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["closed_at", "next_try_at"], name="missing_bill_due"),
            models.Index(fields=["partner", "closed_at"], name="missing_bill_of"),
            models.Index(fields=["found_at", "id"], name="missing_bill_latest"),
        ]

    def __str__(self) -> str:
        return f"bill for {self.session}"
