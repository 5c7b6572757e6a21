"""Ids are UUIDs of version 7 that sort as they were made."""

import threading
import uuid

from switchyard.storage.ids import new_uid, now_ms


def test_an_id_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    before = now_ms()
    made = uuid.UUID(new_uid())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    # Ids made in a hurry by other tests may run a few milliseconds ahead of the clock.
    assert before <= made.int >> 80 <= now_ms() + 1000


def test_ids_of_one_process_sort_as_they_were_made() -> None:
    made = [new_uid() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_several_threads_differ() -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(new_uid() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000
