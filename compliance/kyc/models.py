"""Proof of who a customer is: verifications and the documents that support them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import EncryptedTextField, UUID7Field

if TYPE_CHECKING:
    from accounts.models import User

NUMBER_INDEX = "compliance_kycverification.document_number"


class KycQuerySet(models.QuerySet["KycVerification"]):
    def visible_to(self, user: "User") -> "KycQuerySet":
        """Everything for compliance staff; for others, what belongs to customers whom they are members of."""
        if user.may("compliance.view"):
            return self
        return self.filter(customer__memberships__user=user)

    def waiting(self) -> "KycQuerySet":
        """Open verifications that staff must complete."""
        return self.filter(status=KycVerification.Status.DOCUMENTS_RECEIVED)

    def expired(self, at: datetime) -> "KycQuerySet":
        """Approved, but past their validity."""
        return self.filter(status=KycVerification.Status.APPROVED, expires_at__lte=at)


class KycVerification(models.Model):
    """One thing that a customer proves. requested -> documents_received -> approved | rejected; open and approved ones
    may expire."""

    class Type(models.TextChoices):
        IDENTITY = "identity", "Identity"
        ADDRESS = "address", "Address"
        INCOME = "income", "Income"
        SOURCE_OF_FUNDS = "source_of_funds", "Source of funds"

    class Status(models.TextChoices):
        REQUESTED = "requested", "Documents awaited"
        DOCUMENTS_RECEIVED = "documents_received", "Ready for review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"

    OPEN = (Status.REQUESTED, Status.DOCUMENTS_RECEIVED)

    id = UUID7Field()
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verification_type = models.CharField(max_length=16, choices=Type.choices)
    document_type = models.CharField(max_length=40)
    document_number = EncryptedTextField()
    document_number_index = models.CharField(max_length=64, db_index=True)  # blind; finds the same number elsewhere
    document_country = models.CharField(max_length=2, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.REQUESTED)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = KycQuerySet.as_manager()

    class Meta:
        verbose_name = "KYC verification"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "verification_type"],
                condition=Q(status__in=["requested", "documents_received"]),
                name="kyc_one_open_per_type",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "verification_type", "-created_at"], name="kyc_of_customer"),
            models.Index(fields=["status", "id"], name="kyc_queue"),
            models.Index(fields=["created_at", "id"], name="kyc_created"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verification_type_display()} of {self.customer}"

    @property
    def masked_number(self) -> str:
        """The document number as anybody may see it: its last two characters, none of a short number."""
        number: Any = self.document_number
        shown = number[-2:] if len(number) > 4 else ""
        return "•" * max(len(number) - len(shown), 4) + shown


class KycDocument(models.Model):
    """An uploaded document. The file is encrypted under its row's place and stored by `id`, never by the given name."""

    id = UUID7Field()
    verification = models.ForeignKey(KycVerification, on_delete=models.PROTECT, related_name="documents")
    file_name = models.CharField(max_length=120)  # for display only
    document_type = models.CharField(max_length=40, blank=True)  # what the uploader says it shows
    media_type = models.CharField(max_length=40)  # found in the content
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # of the plain content
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.file_name
