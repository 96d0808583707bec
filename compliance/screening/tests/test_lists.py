"""The published formats are read whole and to the letter, or refused whole."""

from datetime import date

import pytest

from compliance.screening.exceptions import ListUnreadable
from compliance.screening.lists.dates import parse_date_text
from compliance.screening.lists.ofac import parse_ofac
from compliance.screening.lists.un import parse_un
from compliance.screening.tests.files import PEOPLE, UN_BODY, UN_HEAD, sdn_row, write_ofac
from compliance.screening.types import DateRange, EntityType, ListedDocument, NameKind


@pytest.mark.parametrize(
    ("text", "first", "last", "circa"),
    [
        ("03 Sep 1969", "1969-09-03", "1969-09-03", False),
        ("Sep 1969.", "1969-09-01", "1969-09-30", False),
        ("Feb 1972", "1972-02-01", "1972-02-29", False),
        ("1969", "1969-01-01", "1969-12-31", False),
        ("circa 1969", "1969-01-01", "1969-12-31", True),
        ("1968 to 1970", "1968-01-01", "1970-12-31", False),
        ("circa 1979-1982", "1979-01-01", "1982-12-31", True),
        ("01 Jan 1968 to 31 Mar 1969", "1968-01-01", "1969-03-31", False),
    ],
)
def test_birth_dates_as_lists_write_them(text, first, last, circa):
    assert parse_date_text(text) == DateRange(date.fromisoformat(first), date.fromisoformat(last), circa)


@pytest.mark.parametrize("text", ["", "unknown", "31 Feb 1970", "1970 to 1969", "19xx", "in the 1960s"])
def test_an_unreadable_birth_date_is_none(text):
    assert parse_date_text(text) is None


def test_an_sdn_folder_is_read_with_aliases_addresses_and_remarks(tmp_path):
    folder = write_ofac(tmp_path, PEOPLE, alt=[(1, "DOE, Johnny")], add=[(2, "Havana", "Cuba")])
    parsed = parse_ofac(folder)
    john, acme, ship = parsed.entries
    assert john.entity_type is EntityType.PERSON
    assert [name.text for name in john.names] == ["DOE, John", "DOE, Johnny"]
    assert [str(born) for born in john.birth_dates] == ["1960-02-01", "circa 1961"]
    assert (john.nationalities, john.countries) == (("Iran",), ("IR",))
    assert john.documents == (ListedDocument("Passport", "A1", "Iran"),)
    assert (acme.addresses, acme.countries) == (("Havana, Cuba",), ("CU",))
    assert (ship.names[1].text, ship.names[1].kind) == ("OLD QUEEN", NameKind.WEAK)
    assert ship.documents[0].number == "IMO 1234567"
    assert parsed.warnings == ()


def test_missing_companions_and_strange_dates_are_told(tmp_path):
    parsed = parse_ofac(write_ofac(tmp_path, [sdn_row(1, "DOE, John", remarks="DOB long ago")], alt=[(9, "NOBODY")]))
    assert parsed.warnings == (
        "no add file: imported without it",
        "1 alias rows belong to no entry",
        "1 birth dates could not be read, for example 'long ago'",
    )


def _broken():
    good = "\r\n".join(PEOPLE).encode()
    return {
        "empty": b"",
        "only the end mark": b"\x1a\r\n",
        "cut inside a row": good[:-40],
        "cut inside quotes": good[: good.index(b"ACME") + 6],
        "a column too few": good + b"\r\n4,\"X\",-0- ",
        "a column too many": good + b"," + b'"x"',
        "an id that is no number": good.replace(b"2,", b"two,", 1),
        "not UTF-8": good.replace(b"ACME", b"\xff\xfe"),
        "an error page": b"<html><body>503</body></html>",
        "NUL bytes": good.replace(b"ACME", b"A\x00E"),
    }  # fmt: skip


@pytest.mark.parametrize("fault", sorted(_broken()))
def test_a_broken_sdn_file_is_refused(tmp_path, fault):
    (tmp_path / "sdn.csv").write_bytes(_broken()[fault])
    with pytest.raises(ListUnreadable):
        parse_ofac(tmp_path)


def test_a_broken_companion_refuses_the_whole_list(tmp_path):
    folder = write_ofac(tmp_path, PEOPLE, alt=[(1, "DOE, Johnny")])
    (folder / "alt.csv").write_bytes(b'1,1,"aka","DOE')
    with pytest.raises(ListUnreadable):
        parse_ofac(folder)


def test_the_un_list_is_read(tmp_path):
    path = tmp_path / "un.xml"
    path.write_text(UN_HEAD + UN_BODY)
    (john,) = parse_un(path).entries
    assert (john.primary_name, john.reference, john.countries) == ("JOHN DOE", "CDi.999", ("CD",))
    assert john.birth_dates == (DateRange.years(1973, 1975),)
    assert john.names[1].kind is NameKind.WEAK
    assert parse_un(path).label == "2026-02-27"


def _hostile():
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'
    secret = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    return {
        "billion laughs": UN_HEAD + bomb + UN_BODY.replace("JOHN", "&l9;"),
        "external entity": UN_HEAD + secret + UN_BODY.replace("JOHN", "&f;"),
        "external DTD": UN_HEAD + '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + UN_BODY,
        "a plain DOCTYPE": UN_HEAD + "<!DOCTYPE CONSOLIDATED_LIST>" + UN_BODY,
        "300 levels deep": UN_HEAD + "<a>" * 300 + "</a>" * 300,
        "cut short": UN_HEAD + UN_BODY[: len(UN_BODY) // 2],
        "trailing rubbish": UN_HEAD + UN_BODY + "<more/>",
        "another document": UN_HEAD + "<html/>",
        "no entries": UN_HEAD + "<CONSOLIDATED_LIST><INDIVIDUALS/><ENTITIES/></CONSOLIDATED_LIST>",
        "an entry without a name": UN_HEAD + UN_BODY.replace("JOHN", "").replace("DOE", ""),
        "an entry without its key": UN_HEAD + UN_BODY.replace("<DATAID>7</DATAID>", ""),
        "empty": "",
        "not UTF-8 as it says": None,
    }  # fmt: skip


@pytest.mark.parametrize("fault", sorted(_hostile()))
def test_hostile_or_broken_xml_is_refused(tmp_path, fault):
    path = tmp_path / "un.xml"
    text = _hostile()[fault]
    path.write_bytes((UN_HEAD + UN_BODY).encode().replace(b"JOHN", b"\xff") if text is None else text.encode())
    with pytest.raises(ListUnreadable):
        parse_un(path)


@pytest.mark.parametrize("parse", [parse_ofac, parse_un])
def test_an_oversized_file_is_refused_unread(tmp_path, monkeypatch, parse):
    monkeypatch.setattr(f"{parse.__module__}.MAX_BYTES", 100)
    path = tmp_path / "sdn.csv"
    path.write_bytes(b"x" * 101)
    with pytest.raises(ListUnreadable, match="larger"):
        parse(path)


@pytest.mark.realdata
def test_the_real_ofac_list_is_read_whole(real_data):
    parsed = parse_ofac(real_data / "sanctions/ofac")
    assert (len(parsed.entries), parsed.label) == (14973, "2024-05-02")
    entries = {entry.external_id: entry for entry in parsed.entries}
    beltran = entries["10899"]
    assert [str(born) for born in beltran.birth_dates] == ["1961-09-27", "1961-09-21", "1962-06-05", "1958-02-05"]
    assert {name.text for name in beltran.names if name.kind is NameKind.WEAK} == {"EL FANTASMA", "EL BARBAS"}
    assert sum(entry.entity_type is EntityType.VESSEL for entry in parsed.entries) == 851


@pytest.mark.realdata
def test_the_real_un_list_is_read_whole(real_data):
    parsed = parse_un(next((real_data / "sanctions/un").glob("*.xml")))
    people = [entry for entry in parsed.entries if entry.entity_type is EntityType.PERSON]
    assert (len(parsed.entries), len(people)) == (1003, 730)
    assert sum(bool(entry.birth_dates) for entry in people) > 650
