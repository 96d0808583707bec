"""What the notification resources take."""

from typing import Any

from rest_framework.exceptions import ValidationError

from nexafi.api.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    ListField,
    ListFilters,
    MetadataField,
    StrictSerializer,
    UUIDField,
)
from notifications.constants import CATALOGUE, Category, Channel, MessageStatus, Priority


class MessageFilters(ListFilters):
    status = ChoiceField(choices=MessageStatus.choices)
    channel = ChoiceField(choices=Channel.choices)
    category = ChoiceField(choices=Category.choices)
    notification_type = CharField(max_length=60)
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


class MessageMark(StrictSerializer):
    status = ChoiceField(choices=MessageStatus.choices)


class NewMessage(StrictSerializer):
    """Either a subject and message in words, or a template with its data."""

    user_id = UUIDField()
    notification_type = CharField(max_length=60)
    channel = ChoiceField(choices=Channel.choices)
    priority = ChoiceField(choices=Priority.choices, required=False, default=Priority.NORMAL)
    subject = CharField(required=False, max_length=200)
    message = CharField(required=False, max_length=5000, multiline=True)
    template_name = ChoiceField(choices=sorted(CATALOGUE), required=False)
    template_data = MetadataField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        in_words = "message" in attrs
        if in_words == ("template_name" in attrs):
            raise ValidationError({"message": "Give either a message or a template_name."})
        return attrs


class PreferenceChoice(StrictSerializer):
    category = ChoiceField(choices=Category.choices)
    channel = ChoiceField(choices=Channel.choices)
    enabled = BooleanField()


class Preferences(StrictSerializer):
    preferences = ListField(child=PreferenceChoice(), allow_empty=False, max_length=50)

    def validate_preferences(self, choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
        named: set[tuple[str, str]] = set()
        for index, choice in enumerate(choices):
            key = choice["category"], choice["channel"]
            if key in named:
                raise ValidationError({str(index): "This category and channel are named before."}, code="invalid")
            named.add(key)
        return choices
