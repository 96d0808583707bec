import base64
import json

import pytest

from accounts.tests.factories import make_user, signed_in_client
from audit.models import TreeHead
from audit.tests.factories import record_events, sealed_log
from audit.tests.test_offline import offline

pytestmark = pytest.mark.django_db
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"  # an id that no event has
PATHS = ["events", "tree-head", f"proofs/inclusion?event_id={NOBODY}", "proofs/consistency?first=1"]


@pytest.fixture
def auditor():
    return signed_in_client(make_user("auditor"))


def get(client, path, expected=200):
    response = client.get(f"/api/v1/audit/{path}")
    assert response.status_code == expected, response.content
    return response.json()


@pytest.mark.parametrize("path", PATHS)
def test_a_customer_may_not_read_the_log(path):
    get(signed_in_client(make_user("customer")), path, 403)


def test_events_are_listed_newest_first_and_filtered(auditor):
    sealed_log(3)
    record_events(1, action="payments.payment_released", start=3)
    from audit.services.seal import seal_pending

    seal_pending()
    results = get(auditor, "events?ordering=-created_at&page_size=50")["results"]
    mine = [event for event in results if event["target"]["type"] == "journal_entry"]
    assert [event["target"]["id"] for event in mine] == ["entry-3", "entry-2", "entry-1", "entry-0"]
    assert mine[0]["data"] == {"amount": "12.34", "number": 3}
    found = get(auditor, "events?action=payments.payment_released")["results"]
    assert [event["target"]["id"] for event in found] == ["entry-3"]
    assert [e["id"] for e in get(auditor, "events?target_id=entry-1")["results"]] == [mine[2]["id"]]
    after = found[0]["created_at"].replace("+", "%2B")
    assert mine[0]["id"] in [e["id"] for e in get(auditor, f"events?created_after={after}")["results"]]


def test_pages_follow_each_other_without_gap_or_repetition(auditor):
    ids = sealed_log(5)
    seen, url = [], "events?page_size=2&action=ledger.entry_posted"
    while url:
        page = get(auditor, url)
        seen += [event["id"] for event in page["results"]]
        url = page["next"] and page["next"].split("/audit/")[1]
    assert seen == [str(event_id) for event_id in reversed(ids)]


def test_an_unknown_filter_is_refused(auditor):
    assert get(auditor, "events?colour=red", 400)["errors"][0]["code"] == "unknown_field"


def test_an_inclusion_proof_convinces_an_offline_verifier(auditor, tmp_path):
    ids = sealed_log(5, 8)
    proof = get(auditor, f"proofs/inclusion?event_id={ids[6]}")
    assert json.loads(base64.b64decode(proof["body"]))["id"] == str(ids[6])
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof))
    assert offline("inclusion", file).returncode == 0
    assert offline("inclusion", file, "--key", proof["verifier_keys"][0]).returncode == 0
    file.write_text(json.dumps({**proof, "leaf_index": proof["leaf_index"] + 1}))
    assert offline("inclusion", file).returncode == 1


def test_a_consistency_proof_convinces_an_offline_verifier(auditor, tmp_path):
    sealed_log(3, 4, 6)
    head = get(auditor, "tree-head")
    key = head["verifier_keys"][0]
    sizes = list(TreeHead.objects.order_by("size").values_list("size", flat=True))
    for first in sizes:
        for second in [size for size in sizes if size >= first]:
            proof = get(auditor, f"proofs/consistency?first={first}&second={second}")
            file = tmp_path / "proof.json"
            file.write_text(json.dumps(proof))
            assert offline("consistency", file, "--key", key).returncode == 0
    altered = {**proof, "consistency_path": [], "first_checkpoint": TreeHead.objects.get(size=sizes[0]).checkpoint}
    file.write_text(json.dumps(altered))
    assert offline("consistency", file, "--key", key).returncode == 1


def test_an_unsealed_event_is_a_conflict_to_be_retried(auditor):
    sealed_log(1)
    (event_id,) = record_events(1)
    response = auditor.get(f"/api/v1/audit/proofs/inclusion?event_id={event_id}")
    assert (response.status_code, response.json()["code"]) == (409, "event_not_sealed")
    assert response["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"proofs/inclusion?event_id={NOBODY}", 404, "not_found"),
        ("proofs/inclusion?event_id=7", 400, "invalid"),
        ("proofs/inclusion", 400, "invalid"),
        ("proofs/consistency?first=2&second=1", 400, "unknown_tree_size"),
        ("proofs/consistency?first=1&second=900", 400, "unknown_tree_size"),
        ("proofs/consistency?first=0", 400, "invalid"),
    ],
)
def test_what_cannot_be_proved_is_refused(auditor, path, status, code):
    sealed_log(3)
    assert get(auditor, path, status)["code"] == code
