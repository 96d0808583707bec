"""An officer decides an alert by the keyboard alone, in a real browser.

The server's threads and the test's thread see one database: a file on SQLite (the test settings name it), so each has
a connection of its own. Everything is made before the browser starts and looked up after it has closed, because the
browser's driver runs an event loop in this thread, where Django refuses queries.
"""

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.urls import reverse
from playwright import sync_api as playwright_api

from accounts.roles import STAFF_ROLES
from accounts.tests.factories import PASSWORD, make_user
from compliance.models import Alert
from compliance.screening.models import ScreeningHit
from ledger.models import Account, JournalEntry, Revaluation
from ledger.services.notes import add_comment
from nexafi.approvals.models import Approval
from nexafi.console.tests.factories import make_world
from payments.tests.factories import make_person

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("REQUIRE_SERVICES") != "1",
        reason="No Chromium is installed; CHROMIUM may name one",
    ),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("lists"),
]


@pytest.fixture
def held() -> Alert:
    """The alert of a held payment."""
    ada, bob = make_person(balance="20000.00", name="Ada Quill"), make_person(name="Bob Marsh")
    ada.pay(bob, "12000.00")
    return Alert.objects.get()


@pytest.fixture
def email() -> str:
    return make_user("compliance_officer", password=PASSWORD, first_name="Olga", last_name="Officer").email


@pytest.fixture
def browser(held: Alert, email: str) -> Iterator[Any]:
    assert CHROMIUM, "REQUIRE_SERVICES=1, but no Chromium is installed and CHROMIUM names none"
    with playwright_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def open_console(browser: Any, server: str, email: str) -> tuple[Any, list[str]]:
    """A page signed in as `email`, and the errors that its console reports."""
    page = browser.new_context(timezone_id="Europe/Berlin").new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda response: errors.append(response.url) if response.status >= 400 else None)
    page.set_default_timeout(10_000)
    page.goto(f"{server}/console/")
    playwright_api.expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.insert_text(email)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/console/")
    return page, errors


def test_an_officer_releases_an_alert_by_the_keyboard(live_server: Any, browser: Any, held: Alert, email: str) -> None:
    page, errors = open_console(browser, live_server.url, email)
    keys, expect = page.keyboard, playwright_api.expect

    keys.press("g")
    keys.press("a")
    page.wait_for_url("**/console/compliance/alert/")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/{held.pk}/change/")

    keys.press("r")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    keys.press("Escape")
    expect(reason).to_be_hidden()
    expect(page.locator("[data-key=r]")).to_be_focused()  # the focus is back where the dialog came from

    keys.press("r")
    expect(reason).to_be_focused()
    keys.insert_text("j is typed here, not a key: the invoice was checked.")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_text("Released.", exact=True)).to_be_visible()
    expect(page.get_by_text("the invoice was checked").first).to_be_visible()
    expect(page.get_by_role("link", name="Reject")).to_have_count(0)

    page.emulate_media(color_scheme="dark")
    for address in (page.url, f"{live_server.url}/console/"):
        page.goto(address)
        expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert errors == []


def test_keys_are_listed_and_can_be_switched_off_and_times_are_local(
    live_server: Any, browser: Any, held: Alert, email: str
) -> None:
    page, errors = open_console(browser, live_server.url, email)
    keys, expect = page.keyboard, playwright_api.expect
    page.goto(f"{live_server.url}/console/compliance/alert/{held.pk}/change/")
    time = page.locator("time.nx-time").first
    assert time.get_attribute("title").endswith(" UTC")
    assert time.inner_text() != time.get_attribute("title")

    keys.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    for text in ("next / previous row", "Release", "Reject", "Assign", "Alerts"):
        expect(dialog.get_by_text(text, exact=True)).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    keys.press("x")
    expect(page.get_by_label("Reason")).to_have_count(0)
    assert errors == []


WCAG = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
LISTS = (
    "index", "compliance_alert_changelist", "payments_payment_changelist", "accounts_customer_changelist",
    "ledger_account_changelist", "ledger_journalentry_changelist", "approvals_approval_changelist",
    "ledger_account_trial_balance", "ledger_revaluation_changelist", "ledger_exchangerate_changelist",
)  # fmt: skip
DIALOGS = (  # the list, its button, and the field that takes the focus
    ("ledger_revaluation_changelist", "Revalue a day", "End of the day"),
    ("ledger_exchangerate_changelist", "Record a rate", "Base currency"),
)


@pytest.fixture
def addresses(held: Alert) -> list[str]:
    """The main pages, with something on each."""
    make_world()
    entry = JournalEntry.objects.latest("id")
    add_comment(entry_id=entry.pk, text="Checked against the order.")
    shown = (held, ScreeningHit.objects.first(), Approval.objects.first(), Revaluation.objects.first(), entry)
    pages = [reverse(f"admin:{each._meta.app_label}_{each._meta.model_name}_change", args=[each.pk]) for each in shown]
    return [*(reverse(f"admin:{name}") for name in LISTS), *pages]


@pytest.fixture
def everybody() -> str:
    return make_user(*STAFF_ROLES, password=PASSWORD).email


def faults(page: Any, options: dict[str, Any]) -> set[str]:
    """What axe finds serious or critical on the page, the theme's own included."""
    found = Axe().run(page, options=options).response["violations"]
    return {f"{page.url} {each['id']} {node['target']}" for each in found for node in each["nodes"]
            if each["impact"] in ("serious", "critical")}  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Pages look the same on both databases")
def test_main_pages_have_no_serious_fault_of_accessibility_in_light_and_dark(
    live_server: Any, addresses: list[str], everybody: str, browser: Any
) -> None:
    page, _ = open_console(browser, live_server.url, everybody)
    found: set[str] = set()
    for scheme, looked_for in (("light", WCAG), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(f"{live_server.url}{address}")
            found |= faults(page, looked_for)
    anonymous = browser.new_page()
    anonymous.goto(f"{live_server.url}/console/login/")
    found |= faults(anonymous, WCAG)
    assert not found, "\n".join(sorted(found))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Pages look the same on both databases")
def test_dialogs_begin_at_their_first_field_show_what_is_wrong_and_can_be_read_in_the_dark(
    live_server: Any, everybody: str, browser: Any
) -> None:
    page, _ = open_console(browser, live_server.url, everybody)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 600})
    expect, found = playwright_api.expect, set()
    for name, button, first in DIALOGS:
        page.goto(f"{live_server.url}{reverse(f'admin:{name}')}")
        page.get_by_role("link", name=button).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label(first)).to_be_focused()
        found |= faults(page, CONTRAST)
        expect(dialog.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
        dialog.get_by_role("button", name=button).click()
        expect(dialog.get_by_text("This field is required.").first).to_be_visible()
        expect(dialog.locator(".errors :is(input, textarea)").first).to_be_focused()
        found |= faults(page, CONTRAST)
        assert dialog.bounding_box()["height"] <= 600  # the rest is scrolled to
    assert not found, "\n".join(sorted(found))


@pytest.fixture
def of_wallet(held: Alert) -> tuple[str, str]:
    """The general ledger of a wallet that was paid into by another, and the other's code."""
    ada, bob = make_person(balance="10.00"), make_person()
    assert ada.pay(bob, "1.00").status_code == 201
    codes = dict(
        Account.objects.filter(pk__in=[ada.wallet.account_id, bob.wallet.account_id]).values_list("pk", "code")
    )
    query = urlencode({"account": codes[bob.wallet.account_id]})
    return f"{reverse('admin:ledger_report', args=['general-ledger'])}?{query}", codes[ada.wallet.account_id]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Pages look the same on both databases")
def test_codes_of_the_general_ledger_stay_on_one_line_and_whole_where_they_are_copied(
    live_server: Any, of_wallet: tuple[str, str], everybody: str, browser: Any
) -> None:
    address, code = of_wallet
    page, errors = open_console(browser, live_server.url, everybody)
    for width in (1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_server.url}{address}")
        shown = page.get_by_title(code)
        assert shown.bounding_box()["height"] < 2 * 16
        assert shown.inner_text() == code
        beyond = page.locator(".nx-report__scroll").evaluate("table => table.scrollWidth - table.clientWidth")
        assert beyond <= 0
    assert errors == []
