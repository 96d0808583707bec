"""Small list files in the published formats, for tests that change or break them."""

from pathlib import Path

NULL = "-0- "


def sdn_row(number, name, kind=NULL, programme="SDGT", remarks=NULL):
    cells = [
        str(number),
        f'"{name}"',
        kind,
        f'"{programme}"',
        *[NULL] * 7,
        remarks if remarks == NULL else f'"{remarks}"',
    ]
    return ",".join(cells)


def write_ofac(folder: Path, rows, *, alt=(), add=(), end="\x1a\r\n"):
    """An SDN folder. `alt` and `add` are (entity, name) and (entity, city, country)."""
    folder.mkdir(exist_ok=True)
    alts = [f'{entity},{n},"aka","{name}",{NULL}' for n, (entity, name) in enumerate(alt)]
    adds = [f'{entity},{n},{NULL},"{city}","{country}",{NULL}' for n, (entity, city, country) in enumerate(add)]
    for name, lines in (("sdn", rows), ("alt", alts), ("add", adds)):
        if lines:
            (folder / f"{name}.csv").write_bytes(("\r\n".join(lines) + "\r\n" + end).encode())
    return folder


JOHN = "DOB 01 Feb 1960; alt. DOB circa 1961; nationality Iran; Passport A1 (Iran)."
PEOPLE = [
    sdn_row(1, "DOE, John", '"individual"', remarks=JOHN),
    sdn_row(2, "ACME TRADING CO., LTD."),
    sdn_row(3, "SEA QUEEN", '"vessel"', remarks="Vessel Registration Identification IMO 1234567; a.k.a. 'OLD QUEEN'."),
]  # fmt: skip

UN_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
UN_BODY = """<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>7</DATAID><FIRST_NAME>JOHN</FIRST_NAME><SECOND_NAME>DOE</SECOND_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE>
<REFERENCE_NUMBER>CDi.999</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
<NATIONALITY><VALUE>Democratic Republic of the Congo</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Shadow</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1973</FROM_YEAR><TO_YEAR>1975</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
</INDIVIDUAL></INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>"""
