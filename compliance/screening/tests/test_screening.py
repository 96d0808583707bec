"""Names and customers are screened, and every answer is on record."""

import pytest

from accounts.tests.factories import make_customer
from compliance.screening.exceptions import NoListLoaded, NotComparable
from compliance.screening.models import ScreeningHit, ScreeningRun
from compliance.screening.selectors import verdicts_of
from compliance.screening.services.resolve import resolve_hit
from compliance.screening.services.screening import screen_customer, screen_name
from compliance.screening.services.starter import load_starter_lists
from compliance.screening.types import Query, Result

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Vladimir Putin", "OFAC 35096"),
        ("Владимир Путин", "OFAC 35096"),
        ("Рамзан Кадыров", "OFAC 23343"),
        ("Mouammar al-Qaddafi", "OFAC 12606"),
        ("Muammar Gaddafi", "OFAC 12606"),
        ("Abd al Malik al-Houthi", "YEi.004"),
        ("Kassem Soleimani", "OFAC 10481"),
        ("Al Qaeda", "QDe.004"),
        ("BANK MELLI", "OFAC 25578"),
    ],
)
def test_other_spellings_and_scripts_of_listed_names_are_found(starter, name, reference):
    result = screen_name(Query(name))
    assert result.result in (Result.MATCH, Result.POTENTIAL_MATCH)
    assert reference in {hit.entry.reference for hit in ScreeningHit.objects.select_related("entry")}


@pytest.mark.parametrize("name", ["Jane Doe", "Nicolas Sarkozy", "Fatima Khan", "Acme Trading Ltd", "محمد علي"])
def test_strangers_are_clear_and_the_question_stays_on_record(starter, name):
    assert screen_name(Query(name)).result is Result.CLEAR
    run = ScreeningRun.objects.get()
    assert run.name == name
    assert set(run.list_versions) == {"ofac", "un"}


def test_without_a_list_nothing_is_clear():
    with pytest.raises(NoListLoaded):
        screen_name(Query("Jane Doe"))
    customer = make_customer(name="Jane Doe")
    assert screen_customer(customer.pk) is Result.NOT_SCREENED
    assert verdicts_of([customer.pk])[customer.pk].result is Result.NOT_SCREENED


def test_a_name_without_letters_cannot_be_compared(starter):
    with pytest.raises(NotComparable):
        screen_name(Query("!!! ---"))
    assert screen_customer(make_customer(name="…").pk) is Result.NOT_SCREENED


def test_a_verdict_holds_only_for_the_lists_it_was_made_with():
    customer = make_customer(name="Jane Doe")
    screen_customer(customer.pk)
    load_starter_lists()
    assert verdicts_of([customer.pk])[customer.pk].out_of_date
    assert screen_customer(customer.pk) is Result.CLEAR
    assert verdicts_of([customer.pk])[customer.pk].result is Result.CLEAR


def test_a_false_positive_silences_the_pair_until_the_customer_changes(starter):
    customer = make_customer(name="Muammar Gaddafi")
    assert screen_customer(customer.pk) is Result.MATCH
    resolve_hit(ScreeningHit.objects.get().pk, decision="false_positive", reason="Born in 1990.")
    assert verdicts_of([customer.pk])[customer.pk].result is Result.CLEAR
    assert screen_customer(customer.pk) is Result.CLEAR
    assert screen_customer(customer.pk) is Result.CLEAR
    assert sorted(ScreeningHit.objects.values_list("status", flat=True)) == ["false_positive", "suppressed"]
    customer.country = "LY"
    customer.save()
    assert screen_customer(customer.pk) is Result.MATCH
    assert ScreeningHit.objects.open().count() == 1
