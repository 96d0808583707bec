"""Make a member of staff: the first administrator, or one for a system without an administrator left."""

import json
import secrets
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.emails import normalise_email
from accounts.models import User
from accounts.roles import STAFF_ROLES
from accounts.services.registration import create_staff_user
from accounts.services.roles import grant_role
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError


class Command(BaseCommand):
    """Grants roles without a second person, which only whoever has the server's shell can do; it is audited."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", action="append", required=True, choices=sorted(STAFF_ROLES))
        parser.add_argument("--first-name", default="Staff")
        parser.add_argument("--last-name", default="Member")
        parser.add_argument(
            "--ask-password", action="store_true", help="type it instead of having one made and printed"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass() if options["ask_password"] else f"{secrets.token_urlsafe(18)}-aA7"
        try:
            with acting_as("system", "create_staff"), transaction.atomic():
                user, created = self._user(password, options)
                for role in set(options["role"]) - user.roles:
                    grant_role(user=user, role=role, reason="created by an operator")
        except DomainError as error:
            faults = "; ".join(fault.detail for fault in error.errors)
            raise CommandError(faults or error.detail) from error
        made = {"id": str(user.id), "email": user.email, "roles": sorted(user.roles), "created": created}
        if created and not options["ask_password"]:
            made["password"] = password
        self.stdout.write(json.dumps(made) if options["json"] else _sentence(made))

    def _user(self, password: str, options: dict[str, Any]) -> tuple[User, bool]:
        """An existing user keeps their password."""
        user = User.objects.filter(email=normalise_email(options["email"])).first()
        if user is not None:
            return user, False
        names = {name: options[name] for name in ("first_name", "last_name")}
        return create_staff_user(email=options["email"], password=password, **names), True


def _sentence(made: dict[str, Any]) -> str:
    password = f"\nPassword, shown once: {made['password']}" if "password" in made else ""
    return f"{made['email']} now holds: {', '.join(made['roles'])}.{password}"
