"""manage.py seed_demo: demonstration data into an empty installation, and the sign-ins into the credentials file."""

from dataclasses import replace
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import User
from ledger.tasks import measure_totals
from nexafi.ops import demo_data, demo_users
from nexafi.ops.demo_users import USERS, DemoUser
from payments.tasks import measure_today


class Command(BaseCommand):
    help = "Load the demonstration institution once; later runs keep the data and only renew the credentials file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_chart", verbosity=0)
        call_command("load_starter_list", verbosity=0)  # without a list nobody is screened and all money waits
        known = demo_users.passwords()
        if User.objects.filter(email=USERS[0].email).exists():
            users = self._keep(known)
        elif User.objects.exists():
            self.stdout.write("This installation has users already; no demonstration data was loaded.")
            return
        else:
            self.stdout.write("Loading the demonstration institution ...")
            users = demo_data.seed(known)
            measure_totals()  # the dashboard's figures; from now on a worker's
            measure_today()
        demo_users.write(options["base_url"], users)

    def _keep(self, known: dict[str, str]) -> list[DemoUser]:
        """The sign-ins as they are; those whose password is not known any more get a new one."""
        users = []
        for user in USERS:
            password = known.get(user.email)
            if password is None:
                password = demo_users.new_password()
                account = User.objects.get(email=user.email)
                account.set_password(password)
                account.save(update_fields=["password"])
            users.append(replace(user, password=password))
        return users
