"""The OpenAPI document: valid, without warnings, and saying what the views do."""

import json
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate

from ledger.documents.files import FORMATS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=out)
    return json.loads(out.getvalue())


def operations(document):
    return [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_the_document_is_valid_openapi_3_1_and_makes_no_warning(document):
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_operation_has_its_own_id_and_says_that_refusals_are_problems(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for _, _, operation in operations(document):
        assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Problem"}
        success = next(response for status, response in operation["responses"].items() if status < "3")
        assert {"RateLimit", "RateLimit-Policy", "X-Request-ID"} <= set(success["headers"])


def test_both_ways_to_sign_in_are_named_where_they_are_needed(document):
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    assert document["paths"]["/api/v1/payments"]["post"]["security"] == [{"bearer": []}, {"apiKey": []}]
    assert "security" not in document["paths"]["/api/v1/auth/login"]["post"]


def test_a_payment_is_described_from_its_own_code(document):
    pay = document["paths"]["/api/v1/payments"]["post"]
    reference = pay["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    body = document["components"]["schemas"][reference]
    assert {"amount", "currency", "source_wallet_id"} <= set(body["required"])
    assert body["properties"]["amount"]["oneOf"][1] == {"type": "number"}
    assert "Idempotency-Key" in [parameter["name"] for parameter in pay["parameters"]]
    answer = pay["responses"]["201"]["content"]["application/json"]["schema"]["properties"]
    assert {"id", "status", "amount", "currency", "decision"} <= set(answer)


def test_a_list_is_described_with_its_filters_and_its_envelope(document):
    payments = document["paths"]["/api/v1/payments"]["get"]
    assert {"cursor", "page_size", "ordering", "status"} <= {parameter["name"] for parameter in payments["parameters"]}
    page = payments["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(page["required"]) == {"next", "previous", "results"}


def test_files_are_described_beside_the_json(document):
    for path, files in (
        ("accounts/{account_id}/statement", {"text/csv", "application/pdf"}),
        ("reports/trial-balance", {"text/csv", "application/pdf", FORMATS["xlsx"]}),
    ):
        answer = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]
        assert set(answer["content"]) == {"application/json", *files}


def test_the_document_is_served_as_json_and_yaml():
    as_json = Client().get("/api/v1/schema")
    as_yaml = Client().get("/api/v1/schema?format=yaml")
    assert (as_json["Content-Type"], as_yaml["Content-Type"]) == ("application/json", "application/yaml")
    assert yaml.safe_load(as_yaml.content)["paths"].keys() == as_json.json()["paths"].keys()


def test_the_docs_page_loads_nothing_from_elsewhere():
    response = Client().get("/api/v1/docs", headers={"Accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "//" not in page.replace("<!doctype", "").replace("</", "")
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["Content-Security-Policy"].startswith("default-src 'self'")
    assert page.count("<script") == page.count("<script src=")
