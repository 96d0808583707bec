"""KYC over HTTP."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, User
from compliance.kyc.api.serializers import (
    DocumentForm,
    KycFilters,
    NewVerification,
    VerificationDecision,
    document_body,
    verification_body,
)
from compliance.kyc.models import KycVerification
from compliance.kyc.services.documents import add_document
from compliance.kyc.services.verification import complete_verification, start_verification
from nexafi.api.parsers import UploadParser, one_file
from nexafi.api.views import ApiView
from nexafi.core.errors import InvalidInput, NotFound
from nexafi.core.files import MAX_FILE_BYTES

_ENVELOPE = 64 * 1024  # room for the multipart boundaries and text fields around a file
_UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "A PDF, JPEG or PNG of at most 10 MB."},
            "document_type": {"type": "string", "maxLength": 40},
        },
    }
}


def _user(request: Request) -> User:
    return cast(User, request.user)  # `access` lets nobody else in


def _visible(request: Request, verification_id: UUID) -> KycVerification:
    """Raises NotFound also for somebody else's."""
    found = (
        KycVerification.objects.visible_to(_user(request)).select_related("customer").filter(pk=verification_id).first()
    )
    if found is None:
        raise NotFound("There is no such verification.")
    return found


class VerifyView(ApiView):
    """POST /kyc/verify."""

    access = {"POST": ("compliance.start_kyc", "compliance.complete_kyc")}

    def post(self, request: Request) -> Response:
        asked = self.body(NewVerification)
        customer = _customer(_user(request), asked.pop("user_id", None), asked.pop("customer_id", None))
        verification = start_verification(customer=customer, requested_by=_user(request), **asked)
        return Response(verification_body(verification), status=201)


def _customer(user: User, user_id: UUID | None, customer_id: UUID | None) -> Customer:
    """The customer to verify: named, or the person that the user (by default the caller) is. Raises NotFound."""
    if user_id and customer_id:
        raise InvalidInput("Name a user or a customer, not both.", pointer="/customer_id")
    wanted = {"pk": customer_id} if customer_id else {"person_id": user_id or user.pk}
    customer = Customer.objects.visible_to(user).filter(**wanted).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


class VerificationsView(ApiView):
    """GET /kyc."""

    access = {"GET": ("compliance.view_own_kyc", "compliance.view")}

    def get(self, request: Request) -> Response:
        return self.list(KycVerification.objects.visible_to(_user(request)), KycFilters, verification_body)


class VerificationView(ApiView):
    """GET /kyc/{id}."""

    access = {"GET": ("compliance.view_own_kyc", "compliance.view")}

    def get(self, request: Request, verification_id: UUID) -> Response:
        verification = _visible(request, verification_id)
        documents = [document_body(document) for document in verification.documents.order_by("id")]
        body = {**verification_body(verification), "documents": documents}
        if _user(request).may("compliance.view"):
            body["notes"] = verification.notes  # staff only: a reason may tip off
        return Response(body)


class DocumentsView(ApiView):
    """POST /kyc/{id}/documents: one file, multipart/form-data."""

    access = {"POST": ("compliance.start_kyc", "compliance.complete_kyc")}
    parser_classes = [UploadParser]
    max_body = MAX_FILE_BYTES + _ENVELOPE

    @extend_schema(request=_UPLOAD)
    def post(self, request: Request, verification_id: UUID) -> Response:
        verification = _visible(request, verification_id)
        file, form = _one_file(request)
        document = add_document(
            verification_id=verification.pk,
            uploaded_by=_user(request),
            content=file.read(MAX_FILE_BYTES + 1),
            file_name=file.name or "",
            **form,
        )
        return Response(document_body(document), status=201)


def _one_file(request: Request) -> tuple[Any, dict[str, str]]:
    file = one_file(request)
    form = DocumentForm(data=request.POST.dict())
    form.is_valid(raise_exception=True)
    return file, dict(form.validated_data)


class CompleteView(ApiView):
    """POST /kyc/{id}/complete."""

    access = {"POST": "compliance.complete_kyc"}

    def post(self, request: Request, verification_id: UUID) -> Response:
        verification = complete_verification(verification_id=verification_id, **self.body(VerificationDecision))
        return Response(verification_body(verification))
