"""The bytes of an event are canonical, whatever stands in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.events import CanonicalJson, EventDraft, columns_of, genuine_columns, write
from nexafi.core.context import acting_as
from nexafi.core.ids import uuid7
from nexafi.core.json import canonical

TEXT = st.text(max_size=30)
DATA = st.dictionaries(
    TEXT, st.recursive(TEXT | st.integers(-(2**70), 2**70) | st.booleans() | st.none(), st.lists, max_leaves=8)
)


@given(st.builds(EventDraft, TEXT, TEXT, TEXT, DATA, TEXT), TEXT, TEXT, TEXT)
def test_what_is_written_is_canonical_and_read_back(draft: EventDraft, kind: str, actor_id: str, address: str) -> None:
    with acting_as(kind, actor_id, client_ip=address):
        try:
            event = write(draft)
        except ValueError:
            return
    read = json.loads(event.body)
    assert canonical(read) == event.body
    assert (read["action"], read["target"]) == (draft.action, {"id": draft.target_id, "type": draft.target_type})
    assert (read["data"], read["reason"]) == (draft.data, draft.reason)
    assert read["actor"] == {"kind": kind, "id": actor_id, "ip": address}
    assert genuine_columns(uuid7(), event.body, event.mac) is None  # another event's id
    assert columns_of(event.body).id == event.id


def test_data_that_is_canonical_already_is_taken_as_it_is() -> None:
    event = write(EventDraft("tests.done", "test", "1", CanonicalJson('{"a":"1","b":2}')))
    assert json.loads(event.body)["data"] == {"a": "1", "b": 2}
    assert canonical(json.loads(event.body)) == event.body


@pytest.mark.parametrize("draft", [("", "test", "1"), ("a" * 81, "test", "1"), ("a", "t" * 61, "1"), ("a", "", "1")])
def test_what_the_search_columns_cannot_hold_is_refused(draft: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="target_type"):
        write(EventDraft(*draft))
