"""The demo institution's sign-ins: random passwords, kept in one file only the operator can read."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts import roles

DOMAIN = "demo.example"


@dataclass(frozen=True)
class DemoUser:
    """A sign-in of the demo institution."""

    role: str
    email: str
    first_name: str
    last_name: str
    country: str = ""
    password: str = ""


USERS = (
    DemoUser(roles.CUSTOMER, f"amara.okafor@{DOMAIN}", "Amara", "Okafor", "GB"),
    DemoUser(roles.CUSTOMER, f"lukas.brandt@{DOMAIN}", "Lukas", "Brandt", "DE"),
    DemoUser(roles.COMPLIANCE_ANALYST, f"analyst@{DOMAIN}", "Ines", "Moreau"),
    DemoUser(roles.COMPLIANCE_OFFICER, f"officer@{DOMAIN}", "Daniel", "Whitfield"),
    DemoUser(roles.COMPLIANCE_OFFICER, f"officer2@{DOMAIN}", "Sofia", "Lindgren"),
    DemoUser(roles.ACCOUNTANT, f"accountant@{DOMAIN}", "Marta", "Kowalska"),
    DemoUser(roles.AUDITOR, f"auditor@{DOMAIN}", "Henrik", "Aalto"),
    DemoUser(roles.ADMIN, f"admin@{DOMAIN}", "Priya", "Raman"),
)


def path() -> Path:
    return settings.VAR_DIR / "demo-credentials.json"


def new_password() -> str:
    """Random, and always within the password rules: 22 URL-safe characters and one of each class."""
    return f"{secrets.token_urlsafe(16)}-aA7"


def passwords() -> dict[str, str]:
    """Passwords by e-mail from the file; empty when there is no (readable) file."""
    try:
        return {user["email"]: user["password"] for user in json.loads(path().read_text())["users"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write(base_url: str, users: list[DemoUser]) -> None:
    """Write the sign-ins, mode 0600, replacing the file in one step."""
    body = {
        "base_url": base_url,
        "users": [{"role": user.role, "email": user.email, "password": user.password} for user in users],
    }
    temporary = path().with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(body, file, indent=2)
    temporary.replace(path())
