import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, models, transaction

from nexafi.approvals.models import Approval
from nexafi.approvals.tests.factories import make_request
from nexafi.db import triggers

pytestmark = pytest.mark.django_db


def test_every_declared_trigger_is_installed_after_migrate():
    assert triggers.missing(connection) == []
    assert triggers.declared()  # the apps registered theirs


def test_the_system_check_names_a_dropped_trigger():
    triggers.remove(connection)
    errors = [error.msg for error in run_checks(databases=["default"]) if error.id == "nexafi.W001"]
    assert "Trigger approval_frozen is missing." in errors
    triggers.install(connection)
    assert not [error for error in run_checks(databases=["default"]) if error.id == "nexafi.W001"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_table_rebuilt_by_sqlite_has_its_triggers_back_after_migrate(django_db_blocker):
    old = Approval._meta.get_field("target_type")
    new = models.CharField(max_length=61, blank=True)
    new.set_attributes_from_name("target_type")
    new.model = Approval
    with connection.schema_editor() as editor:
        editor._remake_table(Approval, alter_fields=[(old, new)])
    assert "approval_frozen" in triggers.missing(connection)
    triggers.install(connection)
    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_trigger_guards_against_plain_sql():
    approval = make_request()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM approvals_approval")
    assert Approval.objects.filter(pk=approval.pk).exists()
