"""What the ledger's API takes."""

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from ledger.constants import MAX_ENTRIES, MAX_TAGS, TAG, AccountStatus, AccountType
from ledger.labels import MAX_KEY, MAX_VALUE
from ledger.types import EntryStatus
from nexafi.api import serializers as s


class TagsField(s.ListField):
    """At most 20 words such as "hqla:level1"; each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=s.CharField(max_length=40, min_length=1), max_length=MAX_TAGS, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        tags: list[str] = super().to_internal_value(data)
        if len(set(tags)) < len(tags) or not all(map(TAG.fullmatch, tags)):
            raise ValidationError("Tags are different words of letters, digits and _ . : % / -.", code="invalid")
        return tags


def _limit(currency_field: str | None, help_text: str) -> s.AmountField:
    return s.AmountField(
        currency_field=currency_field, signed=True, required=False, allow_null=True, help_text=help_text
    )


_LEAST = "Least available balance, signed to the account's normal side; 0 allows no overdraft, null sets no limit."
_MOST = "Most that may be posted and coming in; null sets no limit."


class NewAccount(s.StrictSerializer):
    account_code = s.CharField(max_length=64, min_length=1)
    name = s.CharField(max_length=200)
    account_type = s.ChoiceField(choices=AccountType.values)
    account_subtype = s.CharField(max_length=40, required=False, allow_blank=True, default="")
    currency = s.CurrencyField()
    parent_id = s.UUIDField(required=False, allow_null=True, default=None)
    description = s.CharField(max_length=2000, multiline=True, required=False, allow_blank=True, default="")
    minimum_balance = _limit("currency", _LEAST)
    maximum_balance = _limit("currency", _MOST)
    debits_frozen = s.BooleanField(required=False, default=False)
    credits_frozen = s.BooleanField(required=False, default=False)
    tags = TagsField(required=False, default=list)

    def validate_account_code(self, value: str) -> str:
        """Codes build the tree's path, so they hold no slash."""
        if "/" in value:
            raise ValidationError("A code holds no slash.", code="invalid")
        return value


class AccountChange(s.StrictSerializer):
    name = s.CharField(max_length=200, required=False)
    description = s.CharField(max_length=2000, multiline=True, required=False, allow_blank=True)
    account_subtype = s.CharField(max_length=40, required=False, allow_blank=True)
    tags = TagsField(required=False)
    minimum_balance = _limit(None, _LEAST)
    maximum_balance = _limit(None, _MOST)
    debits_frozen = s.BooleanField(required=False)
    credits_frozen = s.BooleanField(required=False)
    reason = s.CharField(max_length=500, required=False, help_text="Required for limits and freezes.")


class Reason(s.StrictSerializer):
    reason = s.CharField(max_length=500)


class OptionalReason(s.StrictSerializer):
    reason = s.CharField(max_length=500, required=False, allow_blank=True, default="")


class AccountFilters(s.ListFilters):
    orderings = ("code", "-code")
    account_code = s.CharField(max_length=64, source="code")
    account_type = s.ChoiceField(choices=AccountType.values, source="type")
    account_subtype = s.CharField(max_length=40, source="subtype")
    currency = s.CurrencyField()
    status = s.ChoiceField(choices=AccountStatus.values)
    parent_id = s.UUIDField()
    owner_id = s.UUIDField()


class NewLine(s.StrictSerializer):
    account_id = s.UUIDField()
    debit_amount = s.AmountField(currency_field=None, required=False)
    credit_amount = s.AmountField(currency_field=None, required=False)
    currency = s.CurrencyField(required=False, help_text="The account's own; a different one is refused.")
    description = s.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("debit_amount" in attrs) == ("credit_amount" in attrs):
            raise ValidationError("Give either debit_amount or credit_amount.", code="one_side")
        return attrs


class NewEntry(s.StrictSerializer):
    description = s.CharField(max_length=500)
    reference_number = s.CharField(max_length=100, required=False, allow_blank=True, default="")
    external_id = s.CharField(max_length=255, required=False, allow_null=True, default=None)
    entry_date = s.DateField(required=False, allow_null=True, default=None)
    expires_at = s.DateTimeField(required=False, allow_null=True, default=None)
    status = s.ChoiceField(
        choices=[EntryStatus.DRAFT, EntryStatus.PENDING, EntryStatus.POSTED], required=False, default=EntryStatus.POSTED
    )
    metadata = s.MetadataField(required=False, default=dict)
    capture_limit = s.AmountField(
        currency_field=None,
        required=False,
        help_text="The most a pending entry may be posted for, if not its own total.",
    )
    balancing = s.BooleanField(
        required=False, default=False, help_text="Two lines: their amount is the most to move, limits decide how much."
    )
    lines = s.ListField(child=NewLine())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["expires_at"] and attrs["status"] != EntryStatus.PENDING:
            raise ValidationError({"expires_at": "Only a pending entry expires."}, code="invalid")
        if "capture_limit" in attrs and attrs["status"] != EntryStatus.PENDING:
            raise ValidationError({"capture_limit": "Only a pending entry has a limit."}, code="invalid")
        if attrs["balancing"] and attrs["status"] == EntryStatus.DRAFT:
            raise ValidationError({"balancing": "A draft states its amount."}, code="invalid")
        return attrs


class DraftChange(NewEntry):
    status = s.ChoiceField(choices=[EntryStatus.DRAFT], required=False, default=EntryStatus.DRAFT)


class BatchEntry(NewEntry):
    status = s.ChoiceField(
        choices=[EntryStatus.PENDING, EntryStatus.POSTED], required=False, default=EntryStatus.POSTED
    )
    linked = s.BooleanField(
        required=False, default=False, help_text="Stands or falls with the next entry of the batch."
    )


class NewBatch(s.StrictSerializer):
    atomic = s.BooleanField(required=False, default=False, help_text="All entries or none.")
    entries = s.ListField(child=BatchEntry(), min_length=1, max_length=MAX_ENTRIES)


class PostEntry(s.StrictSerializer):
    reason = s.CharField(max_length=500, required=False, allow_blank=True, default="")
    amount = s.AmountField(
        currency_field=None, required=False, help_text="Post a pending entry for this total: less, or up to its limit."
    )


_METADATA = "metadata."
_METADATA_HELP = (
    "Any KEY of the metadata: entries with exactly this value under it. Several must all hold. Values of more than 200 "
    "characters are not searchable."
)
MAX_LABELS = 5  # of one search
_TOO_MANY = [ErrorDetail(f"Search by at most {MAX_LABELS} keys at once.", code="too_many")]


class EntryFilters(s.ListFilters):
    orderings = ("-id", "id")
    status = s.ChoiceField(choices=[status.value for status in EntryStatus])
    kind = s.CharField(max_length=40)
    reference_number = s.CharField(max_length=100, source="reference")
    external_id = s.CharField()
    entry_date = s.DateField(source="effective_date")
    entry_date_from = s.DateField(source="effective_date__gte")
    entry_date_to = s.DateField(source="effective_date__lte")
    created_after = s.DateTimeField(source="recorded_at__gt")
    created_before = s.DateTimeField(source="recorded_at__lt")

    def get_fields(self) -> dict[str, Any]:
        """For the API's description: every `metadata.KEY` is taken out before the other parameters are read."""
        return {**super().get_fields(), f"{_METADATA}KEY": s.CharField(required=False, help_text=_METADATA_HELP)}

    def to_internal_value(self, data: Any) -> Any:
        metadata = {name: text for name, text in data.items() if name.startswith(_METADATA)}
        value = super().to_internal_value({name: text for name, text in data.items() if name not in metadata})
        errors = {name: _label_errors(name, text) for name, text in metadata.items()}
        if len(metadata) > MAX_LABELS or any(errors.values()):
            raise ValidationError({name: found or _TOO_MANY for name, found in errors.items()})
        return {**value, **metadata}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        others = set(self.initial_data) - {"status", *self._paging}
        if attrs.get("status") == EntryStatus.DRAFT and others:
            raise ValidationError(dict.fromkeys(sorted(others), "Drafts are not filtered by this."), code="invalid")
        return attrs

    @property
    def labels(self) -> dict[str, str]:
        """What `metadata.KEY=VALUE` asks for, by key."""
        given = self.validated_data.items()
        return {name.removeprefix(_METADATA): text for name, text in given if name.startswith(_METADATA)}

    def lookups(self) -> dict[str, Any]:
        return {name: value for name, value in super().lookups().items() if not name.startswith(_METADATA)}

    def apply(self, queryset: Any) -> Any:
        return super().apply(queryset.labelled(self.labels))

    def paging(self) -> dict[str, Any]:
        return {**super().paging(), **({"key": "label_0__entry"} if self.labels else {})}


def _label_errors(name: str, text: str) -> list[ErrorDetail]:
    if not 1 <= len(name.removeprefix(_METADATA)) <= MAX_KEY:
        return [ErrorDetail(f"A key has 1 to {MAX_KEY} characters.", code="invalid")]
    if len(text) > MAX_VALUE:
        return [ErrorDetail(f"Values of more than {MAX_VALUE} characters are not searchable.", code="max_length")]
    if "\0" in name + text:
        return [ErrorDetail("Holds a character that is not printable.", code="invalid_characters")]
    return []
