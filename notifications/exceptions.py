"""Refusals of notifications."""

from nexafi.core.errors import BusinessRule, InvalidInput, NotFound


class MessageNotFound(NotFound):
    title = "No such notification"


class UserNotFound(NotFound):
    title = "No such user"


class CategoryRequired(BusinessRule):
    code, title = "category_required", "Messages of this category cannot be switched off"


class UnknownTemplate(InvalidInput):
    code, title = "unknown_template", "There is no such template"
