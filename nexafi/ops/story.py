"""The main job told over HTTP: two customers are verified, pay each other, and every step can be checked.

Nothing here touches the database; each step calls the API, shows what came back, and says what must hold.
"""

import base64
import secrets
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from audit.offline import verify

TIMEOUT = 30
PATIENCE = 20.0  # seconds to wait for what follows asynchronously


class StepFailed(Exception):
    """Something that must hold does not; the message says what was seen."""


@dataclass
class Step:
    """One step as it happened."""

    title: str
    shown: dict[str, Any] = field(default_factory=dict)


class Caller:
    """One signed-in person on the API."""

    def __init__(self, base_url: str) -> None:
        self.base_url = f"{base_url}/api/v1"
        self.http = requests.Session()

    def call(
        self, method: str, path: str, *, expect: int, key: str = "", files: Any = None, **body: Any
    ) -> requests.Response:
        """One request; raises StepFailed when the status is not the expected one."""
        headers = {"Idempotency-Key": key} if key else {}
        content: dict[str, Any] = {"files": files, "data": body} if files else {"json": body} if body else {}
        response = self.http.request(method, f"{self.base_url}{path}", headers=headers, timeout=TIMEOUT, **content)
        if response.status_code != expect:
            raise StepFailed(f"{method} {path} answered {response.status_code}, not {expect}: {response.text[:600]}")
        return response

    def get(self, path: str) -> Any:
        return self.call("GET", path, expect=200).json()

    def post(self, path: str, *, expect: int = 201, key: str = "", files: Any = None, **body: Any) -> Any:
        response = self.call("POST", path, expect=expect, key=key, files=files, **body)
        return response.json() if response.content else {}

    def sign_in(self, email: str, password: str) -> Any:
        answer = self.post("/auth/login", expect=200, email=email, password=password)
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return answer


def must(condition: bool, sentence: str, seen: Any = "") -> None:
    if not condition:
        raise StepFailed(f"{sentence} Seen: {seen!r}" if seen != "" else sentence)


def eventually(read: Callable[[], Any], holds: Callable[[Any], bool], sentence: str) -> Any:
    """Read until it holds. Raises StepFailed after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = read()
        if holds(value):
            return value
        if time.monotonic() > deadline:
            raise StepFailed(f"{sentence} Last seen: {value!r}")
        time.sleep(0.2)


def passport_scan() -> bytes:
    """A small valid PNG, standing in for a scanned page."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + bytes(range(0, 64, 8)) for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class Story:
    """The steps, in order. `credentials` is the content of demo-credentials.json."""

    def __init__(self, credentials: dict[str, Any], tell: Callable[[Step], None]) -> None:
        self.base_url = credentials["base_url"]
        self.staff = {user["role"]: user for user in reversed(credentials["users"])}
        self.tell = tell
        self.tag = secrets.token_hex(3)
        self.ada, self.ben, self.officer, self.accountant, self.auditor = (Caller(self.base_url) for _ in range(5))
        self.wallets: dict[str, str] = {}

    def run(self) -> None:
        """Tell the whole story. Raises StepFailed at the first thing that does not hold."""
        for chapter in (
            self.staff_sign_in,
            self.customers_register,
            self.customers_prove_who_they_are,
            self.wallets_are_opened_and_funded,
            self.a_clean_payment_completes,
            self.a_repeated_request_pays_once,
            self.a_suspicious_payment_is_held_and_released,
            self.another_is_held_and_rejected,
            self.a_listed_person_is_not_paid,
            self.the_books_balance,
            self.the_audit_log_proves_it,
        ):
            chapter()

    def staff_sign_in(self) -> None:
        for caller, role in (
            (self.officer, "compliance_officer"),
            (self.accountant, "accountant"),
            (self.auditor, "auditor"),
        ):
            caller.sign_in(self.staff[role]["email"], self.staff[role]["password"])
        self.tell(Step("Staff sign in: a compliance officer, an accountant, an auditor"))

    def customers_register(self) -> None:
        for caller, first, last in ((self.ada, "Adaeze", "Whitcombe"), (self.ben, "Benedikt", "Sørlie")):
            person = self._register(caller, first, last)
            self.tell(Step(f"{first} {last} registers and signs in", {"user_id": person["user"]["id"]}))

    def _register(self, caller: Caller, first: str, last: str) -> Any:
        email, password = f"{first.lower()}.{self.tag}@example.com", f"{secrets.token_urlsafe(18)}-aA7"
        caller.post("/auth/register", email=email, password=password, first_name=first, last_name=last)
        return caller.sign_in(email, password)

    def customers_prove_who_they_are(self) -> None:
        for name, caller in (("Adaeze", self.ada), ("Benedikt", self.ben)):
            check = self._verify(caller)
            must(check["status"] == "approved", "An approved identity check says so.", check)
            self.tell(
                Step(
                    f"{name} sends a passport; the officer approves it",
                    {"kyc_id": check["id"], "status": check["status"]},
                )
            )

    def _verify(self, caller: Caller) -> Any:
        check = caller.post(
            "/kyc/verify",
            verification_type="identity",
            document_type="passport",
            document_number=f"P{secrets.randbelow(10**8):08d}",
            document_country="GB",
        )
        caller.post(f"/kyc/{check['id']}/documents", files={"file": ("passport.png", passport_scan(), "image/png")})
        return self.officer.post(
            f"/kyc/{check['id']}/complete", expect=200, decision="approve", notes="Passport matches the applicant."
        )

    def wallets_are_opened_and_funded(self) -> None:
        for name, caller in (("ada", self.ada), ("ben", self.ben)):
            wallet = caller.post("/wallets", currency="USD")
            self.wallets[name] = wallet["id"]
        deposits = [self._deposit("2950.00") for _ in range(7)]
        wallet = eventually(
            lambda: self.ada.get(f"/wallets/{self.wallets['ada']}"),
            lambda seen: seen["balance"] == "20650.00",
            "The processor confirms the deposits.",
        )
        self.tell(
            Step(
                "Both open a wallet; Adaeze deposits seven times 2,950.00 USD and the processor confirms",
                {"wallets": dict(self.wallets), "deposit_ids": deposits, "balance": wallet["balance"]},
            )
        )

    def _deposit(self, amount: str) -> str:
        path = f"/wallets/{self.wallets['ada']}/deposits"
        return str(self.ada.post(path, key=secrets.token_hex(8), amount=amount)["id"])

    def _pay(self, amount: str, key: str = "", destination: str = "") -> Any:
        return self.ada.post(
            "/payments",
            key=key or secrets.token_hex(8),
            source_wallet_id=self.wallets["ada"],
            destination_wallet_id=destination or self.wallets["ben"],
            amount=amount,
            currency="USD",
            description="Invoice 2041",
        )

    def _balances(self) -> dict[str, str]:
        return {
            "ada_available": self.ada.get(f"/wallets/{self.wallets['ada']}")["available_balance"],
            "ben_available": self.ben.get(f"/wallets/{self.wallets['ben']}")["available_balance"],
        }

    def a_clean_payment_completes(self) -> None:
        payment = self._pay("125.00")
        must(payment["status"] == "completed", "A clean payment completes at once.", payment)
        balances = self._balances()
        must(balances == {"ada_available": "20525.00", "ben_available": "125.00"}, "Both balances moved.", balances)
        self.tell(Step("Adaeze pays Benedikt 125.00 USD: screened, scored, posted", self._shown(payment) | balances))

    def _shown(self, payment: dict[str, Any]) -> dict[str, Any]:
        return {"payment_id": payment["id"], "status": payment["status"], "decision": payment["decision"]}

    def a_repeated_request_pays_once(self) -> None:
        key = secrets.token_hex(8)
        body = {
            "source_wallet_id": self.wallets["ada"],
            "destination_wallet_id": self.wallets["ben"],
            "amount": "75.00",
            "currency": "USD",
        }
        first = self.ada.call("POST", "/payments", expect=201, key=key, **body)
        again = self.ada.call("POST", "/payments", expect=201, key=key, **body)
        must(first.content == again.content, "The repeated answer is the first, byte for byte.")
        must(again.headers.get("Idempotent-Replayed") == "true", "The repeated answer says it is one.")
        balances = self._balances()
        must(balances["ben_available"] == "200.00", "The money moved once.", balances)
        self.tell(Step("The same request sent twice pays once", {"payment_id": first.json()["id"]} | balances))

    def _held(self, amount: str) -> tuple[Any, Any]:
        """A payment that is held, and its alert as the officer sees it."""
        payment = self._pay(amount)
        must(payment["status"] == "pending_review", "A suspicious payment waits.", payment)
        alerts = self.officer.get("/aml/alerts?status=active&ordering=-created_at")["results"]
        alert = next((a for a in alerts if a["transaction_id"] == payment["id"]), None)
        must(alert is not None, "The held payment has an alert.")
        return payment, self.officer.get(f"/aml/alerts/{alert['id'] if alert else ''}")

    def a_suspicious_payment_is_held_and_released(self) -> None:
        payment, alert = self._held("9000.00")
        held = self._balances()
        must(held["ben_available"] == "200.00", "Held money has not arrived.", held)
        self.tell(
            Step(
                "Adaeze pays 9,000.00 USD: held for review; the officer sees why",
                self._shown(payment) | {"alert_id": alert["id"], "reasons": alert["assessment"]["reasons"]} | held,
            )
        )
        self.officer.post(
            f"/aml/alerts/{alert['id']}/release", expect=200, reason="Invoice and contract checked; purpose is plain."
        )
        self._settled(payment, "completed", "The released payment completes.")

    def another_is_held_and_rejected(self) -> None:
        payment, alert = self._held("9500.00")
        self.officer.post(
            f"/aml/alerts/{alert['id']}/reject", expect=200, reason="No purpose given for a second transfer this size."
        )
        self._settled(payment, "declined", "The rejected payment is declined and its money is back.")

    def _settled(self, payment: dict[str, Any], status: str, sentence: str) -> None:
        settled = eventually(
            lambda: self.ada.get(f"/payments/{payment['id']}"), lambda seen: seen["status"] == status, sentence
        )
        title = {
            "completed": "The officer releases it: the money arrives",
            "declined": "A second one is rejected: the money is back",
        }
        self.tell(Step(title[status], {"payment_id": payment["id"], "status": settled["status"]} | self._balances()))

    def a_listed_person_is_not_paid(self) -> None:
        listed = Caller(self.base_url)
        self._register(listed, "Oleg", "Deripaska")
        wallet = listed.post("/wallets", currency="USD")
        before = self._balances()
        payment = self._pay("10.00", destination=wallet["id"])
        must(
            payment["status"] in ("declined", "pending_review"), "A payment to a listed person does not post.", payment
        )
        must(listed.get(f"/wallets/{wallet['id']}")["balance"] == "0.00", "Nothing arrived.")
        screening = self.officer.post(
            "/sanctions/screen", expect=200, entity_name="Олег Дерипаска", entity_type="person"
        )
        must(screening["result"] != "clear", "A transliterated listed name is found.", screening)
        best = screening["matches"][0]
        self.tell(
            Step(
                "A payment to a listed person is stopped; a transliteration of the name is found",
                {
                    "payment_id": payment["id"],
                    "status": payment["status"],
                    "match": {key: best[key] for key in ("list", "entry_id", "name", "score")},
                    "before": before,
                    "after": self._balances(),
                },
            )
        )

    def the_books_balance(self) -> None:
        report = self.accountant.get("/reports/trial-balance")
        must(report["is_balanced"] is True, "The trial balance is balanced.", report)
        self.tell(Step("The trial balance balances", {"is_balanced": True, "totals": report["totals"]}))

    def the_audit_log_proves_it(self) -> None:
        events = eventually(
            lambda: self.auditor.get("/audit/events?page_size=1")["results"], bool, "Audit events are sealed."
        )
        proof = self.auditor.get(f"/audit/proofs/inclusion?event_id={events[0]['id']}")
        size, root = verify.open_head(proof["checkpoint"], proof["verifier_keys"])
        leaf = verify.leaf_hash(base64.b64decode(proof["body"]))
        path = [base64.b64decode(node) for node in proof["audit_path"]]
        proved = verify.root_of_inclusion(proof["leaf_index"], size, leaf, path)
        must(proved == root, "The event's hash and its path give the signed root.", proof)
        self.tell(
            Step(
                "The audit log proves its newest event: body and path give the root of a signed tree head",
                {"event_id": events[0]["id"], "tree_size": size, "root": proof["root_hash"], "path": len(path)},
            )
        )
