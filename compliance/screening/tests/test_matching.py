"""The matcher alone: normalising, pairing, qualifying; and its quality on public data."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.screening import evaluation
from compliance.screening.lists.ofac import parse_ofac
from compliance.screening.matching.config import CONFIG
from compliance.screening.matching.index import IndexedEntry, NameIndex
from compliance.screening.matching.normalise import normalise
from compliance.screening.matching.search import result_of, search
from compliance.screening.types import DateRange, EntityType, ListedName, NameKind, Query, Result


def entry(number, *names, kind=EntityType.PERSON, born=(), countries=()):
    listed = tuple(ListedName(text, how) for text, how in names)
    return IndexedEntry(UUID(int=number), "ofac", str(number), "hash", kind, listed, born, countries)


def primary(number, text, **facts):
    return entry(number, (text, NameKind.PRIMARY), **facts)


@pytest.fixture(scope="module")
def index():
    crowd = [primary(n, f"{first}, {last}", born=(DateRange.years(1950 + n),)) for n, (first, last) in enumerate(
        (a, b) for a in ("SMITH", "KHAN", "GARCIA", "IVANOV") for b in ("John", "Ali", "Maria", "Ivan"))]  # fmt: skip
    return NameIndex(
        [
            *crowd,
            primary(100, "QADHAFI, Muammar", born=(DateRange.years(1942),), countries=("LY",)),
            entry(
                101, ("GUZMAN LOERA, Joaquin", NameKind.PRIMARY), ("EL CHAPO", NameKind.WEAK), ("SHORTY", NameKind.WEAK)
            ),
            primary(102, "11420 CORP.", kind=EntityType.ORGANIZATION),
            primary(103, "OBSHCHESTVO S OGRANICHENNOY OTVETSTVENNOSTYU VOLGA", kind=EntityType.ORGANIZATION),
            primary(104, "ABD AL-RAHMAN, Yusuf"),
            primary(105, "SEA QUEEN", kind=EntityType.VESSEL),
            primary(106, "习近平"),
        ],
        CONFIG,
    )


def found(index, name, **facts):
    return {match.external_id: match.score for match in search(index, Query(name, **facts))}


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("PUTIN, Vladimir", "vladimir putin"),
        ("Путин, Владимир", "vladimir putin"),
        ("Ｆｕｌｌｗｉｄｔｈ Ltd", "fullwidth ltd"),
        ("Mu‘ammar al-Qaḏẖāfī", "muammar al qadhafi"),
        ("Abdel-Malik el Houthi", "abdul malik al houthi"),
        ("ООО «Ромашка»", "llc romashka"),
        ("ACME Trading Company Limited", "acme trading co ltd"),
        ("Müller & Söhne GmbH", "muller sohne gmbh"),
        ("D'Angelo O’Neil", "dangelo oneil"),
        ("11420 CORP.", "11420 corp"),
        ("... !!!", ""),
    ],
)
def test_names_are_brought_to_comparable_tokens(name, tokens):
    assert " ".join(normalise(name)) == tokens


def test_arabic_and_chinese_are_compared_in_their_own_script(index):
    assert normalise("مُحَمَّد أحمد") == normalise("محمد احمد")
    assert found(index, "习近平") == {"106": 1.0}
    assert found(index, "Xi Jinping") == {}


@pytest.mark.parametrize("name", ["Moammar Gadhafi", "Muamar Kadafi", "Gaddafi Muammar", "MUAMMAR AL QADDAFI"])
def test_romanisations_meet(index, name):
    assert "100" in found(index, name)


def test_compounds_meet_however_they_are_spaced(index):
    assert found(index, "Yusuf Abdulrahman")["104"] > 0.8
    assert found(index, "Seaqueen")["105"] == 1.0


def test_a_number_and_a_legal_form_do_not_make_a_match(index):
    """Users of other screeners report that digits are dropped and every "CORP" then matches."""
    assert found(index, "11420 Corp") == {"102": 1.0}
    assert found(index, "99310 Corp") == {}
    assert found(index, "Neva OOO") == {}
    assert "103" in found(index, "Volga LLC")


def test_a_weak_alias_never_matches_on_one_token_alone(index):
    assert found(index, "Shorty") == {}
    assert found(index, "El Chapo") == {"101": 1.0}


def test_types_keep_people_and_things_apart(index):
    assert found(index, "Sea Queen", entity_type=EntityType.PERSON) == {}
    assert found(index, "Sea Queen", entity_type=EntityType.VESSEL) == {"105": 1.0}
    assert found(index, "Sea Queen", entity_type=EntityType.ORGANIZATION)["105"] < 1.0


@pytest.mark.parametrize(
    ("born", "effect"), [("1942-06-07", 0.0), ("1943-01-01", CONFIG.birth_near), ("1990-01-01", CONFIG.birth_differs)]
)
def test_a_birth_date_qualifies(index, born, effect):
    matches = search(index, Query("Muammar Qadhafi", date_of_birth=DateRange.day(date.fromisoformat(born))))
    assert matches[0].score == pytest.approx(1.0 + effect)
    expected = Result.MATCH if effect == 0 else Result.POTENTIAL_MATCH
    assert result_of(matches, CONFIG.match_threshold) is expected


def test_a_country_qualifies(index):
    assert found(index, "Muammar Qadhafi", country="LY") == {"100": 1.0}
    assert found(index, "Muammar Qadhafi", country="SE") == {"100": pytest.approx(0.9)}


def test_the_explanation_accounts_for_the_score(index):
    (match,) = search(index, Query("Muammar Kadhafi", country="SE"))
    why = match.explanation
    assert match.score == pytest.approx(why["name_score"] + sum(q["effect"] for q in why["qualifiers"]), abs=1e-3)
    assert {(token["query"], token["listed"]) for token in why["tokens"]} == {
        ("muammar", "muammar"),
        ("kadhafi", "qadhafi"),
    }
    assert why["config_version"] == CONFIG.version


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_any_text_is_answered(index, name):
    for match in search(index, Query(name), threshold=0.0):
        assert 0.0 <= match.score <= 1.0


@given(st.permutations(["muammar", "al", "qadhafi"]))
def test_the_order_of_tokens_does_not_matter(index, tokens):
    assert found(index, " ".join(tokens)) == found(index, "muammar al qadhafi")


@pytest.mark.realdata
def test_quality_on_public_data_does_not_fall(real_data):
    """Floors a little below what is measured by `manage.py benchmark screening`, on a sample that is quick."""
    entries = parse_ofac(real_data / "sanctions/ofac").entries
    listed = NameIndex(
        (IndexedEntry(UUID(int=n), "ofac", e.external_id, "", e.entity_type, e.names, e.birth_dates, e.countries)
         for n, e in enumerate(entries)), CONFIG,
    )  # fmt: skip
    scores = [best.name_alone for best in evaluation.best_scores(listed, evaluation.crosslist(real_data)[::6])]
    innocent = evaluation.best_scores(listed, evaluation.customers(real_data, "innocent_customers", limit=150))
    assert evaluation.share(scores, CONFIG.threshold) >= 0.77
    assert evaluation.share([best.name_alone for best in innocent], CONFIG.threshold) <= 0.01
    assert evaluation.share([best.qualified for best in innocent], CONFIG.threshold) <= 0.004
    assert evaluation.pairs_f1(listed, real_data, CONFIG.threshold) >= 0.77
