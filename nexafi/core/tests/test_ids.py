"""UUIDv7: sortable, unique, well formed."""

import multiprocessing
import threading
import time
from uuid import UUID

from nexafi.core import ids
from nexafi.core.ids import uuid7, uuid7_text


def test_ids_sort_in_the_order_they_were_made():
    ids = [uuid7() for _ in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 2000


def test_an_id_made_as_text_is_the_text_of_one():
    first, text, last = uuid7(), uuid7_text(), uuid7()
    assert str(UUID(text)) == text
    assert first < UUID(text) < last
    assert UUID(text).version == 7


def test_an_id_carries_version_variant_and_time(monkeypatch):
    monkeypatch.setattr(ids, "_last_ns", 0)  # another test may have been in the future
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert 0 <= (made.int >> 80) - before < 1000


def test_threads_never_make_the_same_id():
    made: list[list] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda box=box: box.extend(uuid7() for _ in range(500))) for box in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for box in made for one in box}) == 2000


def test_a_forked_process_draws_its_own_random_bits():
    uuid7()  # what was drawn ahead would be shared
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put([uuid7().int for _ in range(100)]))
    child.start()
    theirs, ours = answers.get(), [uuid7().int for _ in range(100)]
    child.join()
    tails = (1 << 62) - 1
    assert not {one & tails for one in theirs} & {one & tails for one in ours}
