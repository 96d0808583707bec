"""Watch lists with their versions and entries; runs, hits and verdicts of screening; false-positive pairs."""

from django.db import models
from django.db.models import Q

from accounts.models import Customer
from compliance.screening.types import EntityType, NameKind, Result
from nexafi.core import clock
from nexafi.core.fields import EncryptedTextField, UUID7Field

ENTITY_TYPES = [(each.value, each.value) for each in EntityType]
RESULTS = [(each.value, each.value) for each in Result]


def version_of(label: str, sha256: str) -> str:
    """How a snapshot's version is written: "2024-05-02@1f3c0a9b12"."""
    return f"{label}@{sha256[:10]}"


class WatchlistSource(models.Model):
    """A list that an authority publishes, and its version in force."""

    code = models.CharField(max_length=20, primary_key=True)  # ofac, un
    authority = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    current = models.ForeignKey("WatchlistSnapshot", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class WatchlistSnapshot(models.Model):
    """One imported version of a list: what it was made of and how it differed from the one before."""

    id = UUID7Field()
    source = models.ForeignKey(WatchlistSource, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()  # 1, 2, 3... within the source
    label = models.CharField(max_length=80)  # the publisher's date or file name
    sha256 = models.CharField(max_length=64)  # of the content, not of the files
    is_starter = models.BooleanField(default=False)  # the short built-in list, to be replaced by a real import
    entries = models.PositiveIntegerField()
    names = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    warnings = models.JSONField(default=list)
    shrink_reason = models.CharField(max_length=500, blank=True)
    imported_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="snapshot_numbered_once"),
            models.CheckConstraint(condition=Q(entries__gt=0), name="snapshot_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.version}"

    @property
    def version(self) -> str:
        """What runs and verdicts quote: the label for people, the start of the content hash for proof."""
        return version_of(self.label, self.sha256)


class WatchlistEntry(models.Model):
    """One designation. The row stays when the authority removes it, so that old hits keep their subject."""

    id = UUID7Field()
    source = models.ForeignKey(WatchlistSource, on_delete=models.PROTECT, related_name="entries")
    external_id = models.CharField(max_length=40)
    reference = models.CharField(max_length=40)
    entity_type = models.CharField(max_length=12, choices=ENTITY_TYPES)
    primary_name = models.CharField(max_length=400)
    document = models.JSONField()  # a ListedEntry as JSON
    content_hash = models.CharField(max_length=64)  # SHA-256 of the document
    first_seen = models.ForeignKey(WatchlistSnapshot, on_delete=models.PROTECT, related_name="+")
    last_changed = models.ForeignKey(WatchlistSnapshot, on_delete=models.PROTECT, related_name="+")
    removed_in = models.ForeignKey(WatchlistSnapshot, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="entry_once_per_source")]
        indexes = [
            models.Index(fields=["reference"], name="entry_reference"),
            models.Index(fields=["primary_name", "id"], name="entry_name"),
        ]

    def __str__(self) -> str:
        return f"{self.primary_name} ({self.reference})"


class EntryName(models.Model):
    """A name of an entry, for people to search by its beginning. The matcher's index is built from the documents."""

    entry = models.ForeignKey(WatchlistEntry, on_delete=models.CASCADE, related_name="names")
    kind = models.CharField(max_length=16, choices=[(each.value, each.value) for each in NameKind])
    text = models.CharField(max_length=400)
    normal = models.CharField(max_length=400, db_index=True)  # comparable tokens as written, joined by spaces


class EntryIdentifier(models.Model):
    """A document, registration, vessel or wallet number of an entry."""

    entry = models.ForeignKey(WatchlistEntry, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=60)
    number = models.CharField(max_length=200)
    normal = models.CharField(max_length=200, db_index=True)  # letters and digits only, upper case
    country = models.CharField(max_length=80, blank=True)


class EntryRevision(models.Model):
    """How one version changed one entry. Append-only."""

    class Change(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        REMOVED = "removed"

    snapshot = models.ForeignKey(WatchlistSnapshot, on_delete=models.PROTECT, related_name="revisions")
    entry = models.ForeignKey(WatchlistEntry, on_delete=models.PROTECT, related_name="revisions")
    change = models.CharField(max_length=8, choices=Change.choices)
    before = models.JSONField(null=True)  # the document that was replaced
    before_hash = models.CharField(max_length=64, blank=True)
    after_hash = models.CharField(max_length=64, blank=True)


class ScreeningRun(models.Model):
    """One screening and its answer, kept also when nothing was found: proof that it was asked. Append-only."""

    class Trigger(models.TextChoices):
        MANUAL = "manual"  # a person or system asked over the API
        ONBOARDING = "onboarding"
        CUSTOMER_CHANGE = "customer_change"
        LIST_UPDATE = "list_update"

    id = UUID7Field()
    trigger = models.CharField(max_length=16, choices=Trigger.choices)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    entity_id = models.CharField(max_length=64, blank=True)  # the asker's own reference
    name = models.CharField(max_length=400)
    entity_type = models.CharField(max_length=12, choices=ENTITY_TYPES)
    country = models.CharField(max_length=2, blank=True)
    date_of_birth = EncryptedTextField(null=True)
    result = models.CharField(max_length=16, choices=RESULTS)
    score = models.FloatField()  # 0 to 1, the best match's
    list_versions = models.JSONField()  # {"ofac": "2024-05-02@1f3c..."}
    config_version = models.CharField(max_length=40)
    actor = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-created_at"], name="screening_of_customer")]


class HitQuerySet(models.QuerySet["ScreeningHit"]):
    def visible_to(self, user: object) -> "HitQuerySet":
        """Compliance staff and auditors see every hit; nobody else sees any."""
        return self if user.may("compliance.view") else self.none()  # type: ignore[attr-defined]

    def open(self) -> "HitQuerySet":
        return self.filter(status=ScreeningHit.Status.OPEN)


class ScreeningHit(models.Model):
    """A possible match for a person to decide, with the evidence frozen as it was seen."""

    class Status(models.TextChoices):
        OPEN = "open"
        TRUE_MATCH = "true_match"
        FALSE_POSITIVE = "false_positive"
        SUPPRESSED = "suppressed"  # an earlier false positive of this very pair; kept as proof
        OBSOLETE = "obsolete"  # the entry or the customer changed and the two no longer resemble each other

    id = UUID7Field()
    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, related_name="hits")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey(WatchlistEntry, on_delete=models.PROTECT, related_name="hits")
    entry_hash = models.CharField(max_length=64)
    entry_document = models.JSONField()  # the entry as it was judged
    subject_name = models.CharField(max_length=400)
    matched_name = models.CharField(max_length=400)
    score = models.FloatField()  # 0 to 1
    explanation = models.JSONField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=1000, blank=True)

    objects = HitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "entry"], condition=Q(status="open", customer__isnull=False), name="one_open_hit"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["true_match", "false_positive"]) | ~Q(reason=""), name="resolved_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="hit_queue", condition=Q(status="open")),
            models.Index(fields=["created_at", "id"], name="hit_created"),
            models.Index(fields=["customer", "status"], name="hit_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name} ~ {self.matched_name}"


class ScreeningVerdict(models.Model):
    """What screening says of a customer, read in the path of a payment. It holds for the versions it names alone."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    result = models.CharField(max_length=16, choices=RESULTS)
    score = models.FloatField()
    versions_key = models.CharField(max_length=64, db_index=True)  # of the list versions and the matcher's
    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, related_name="+")
    screened_at = models.DateTimeField(default=clock.now)


class FalsePositive(models.Model):
    """A pair that a person has told apart. It silences the hit until the entry or the customer changes."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(WatchlistEntry, on_delete=models.PROTECT, related_name="+")
    entry_hash = models.CharField(max_length=64)
    subject_hash = models.CharField(max_length=64)  # keyed hash of name, birth date and country
    hit = models.ForeignKey(ScreeningHit, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "entry", "entry_hash", "subject_hash"], name="false_positive_once"
            )
        ]
