"""Ids: unique, in the order of their making, in the bucket of who owns them."""

import re
import subprocess
import sys
import threading

from prorata.model.ids import ALPHABET, BUCKETS, IdFactory, base62, bucket_of, least_id

NOW = 1_790_000_000
MAKE = """
import sys
from prorata.model.ids import IdFactory
ids = IdFactory()
for line in sys.stdin:
    print(ids.new("evt", int(line)), flush=True)
"""


class Ticks:
    """A clock of nanoseconds that is set by hand."""

    def __init__(self, at: int = 0) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def test_an_id_has_the_length_and_letters_of_the_api() -> None:
    ids = IdFactory()
    assert re.fullmatch(r"evt_1[0-9A-Za-z]{23}", ids.new("evt", NOW))
    assert re.fullmatch(r"ch_3[0-9A-Za-z]{23}", ids.new("ch", NOW))
    assert re.fullmatch(r"si_[0-9A-Za-z]{14}", ids.new("si", NOW, short=True))
    assert re.fullmatch(r"mtr_1[0-9A-Za-z]{31}", ids.new("mtr", NOW))


def test_two_processes_that_take_turns_within_a_second_make_ids_in_that_order() -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    made = []
    for turn in range(60):
        maker = makers[turn % 2]
        assert maker.stdin is not None and maker.stdout is not None
        maker.stdin.write(f"{NOW}\n")
        maker.stdin.flush()
        made.append(maker.stdout.readline())
    for maker in makers:
        maker.communicate(timeout=60)
    assert made == sorted(made) and len(set(made)) == 60


def test_ids_of_a_virtual_second_lived_again_are_in_order_too() -> None:
    ids, made = IdFactory(), {NOW: [], NOW + 60: []}
    for _ in range(300):
        for second, each in made.items():
            each.append(ids.new("evt", second))
    for each in made.values():
        assert each == sorted(each)
    assert made[NOW][-1] < made[NOW + 60][0]


def test_more_ids_than_microseconds_stay_in_order() -> None:
    ids = IdFactory(ticks=Ticks(5_000))
    made = [ids.new("evt", NOW) for _ in range(3 * BUCKETS)]
    assert made == sorted(set(made))


def test_a_clock_set_back_does_not_turn_the_order() -> None:
    ticks = Ticks(10**18)
    ids = IdFactory(ticks=ticks)
    before = ids.new("evt", NOW)
    ticks.at -= 3_600 * 10**9
    assert before < ids.new("evt", NOW)


def test_ids_of_two_processes_in_one_microsecond_differ() -> None:
    ticks = Ticks(10**18)
    made = [IdFactory(ticks=ticks).new("evt", NOW, "cus_1xY") for _ in range(2_000)]
    assert len(set(made)) == len(made)


def test_ids_made_together_are_those_that_would_be_made_one_by_one() -> None:
    made = [(NOW + place % 3, owner) for place, owner in enumerate(["cus_1xY", "a-b", "", "é"] * 9)]
    together, single = IdFactory(7), IdFactory(7)
    assert together.in_order("evt", made) == [single.new("evt", *each) for each in made]
    assert together.new("evt", NOW, "cus_1xY") == single.new("evt", NOW, "cus_1xY")


def test_ids_made_together_take_their_turn_in_a_clock_that_stands() -> None:
    ids = IdFactory(ticks=Ticks(10**18))
    made = [
        ids.new("evt", NOW, "cus_1xY"),
        *ids.in_order("evt", [(NOW, "cus_1xY")] * (BUCKETS + 5)),
        ids.new("evt", NOW, "cus_1xY"),
    ]
    assert made == sorted(set(made))


def test_threads_never_get_one_id_twice() -> None:
    ids, made = IdFactory(), []

    def make() -> None:
        made.extend([ids.new("evt", NOW, "cus_1xY") for _ in range(2_000)])
        made.extend([ids.new("si", NOW, "cus_1xY", short=True) for _ in range(2_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(made) == 16_000


def test_short_ids_of_many_processes_in_one_second_and_bucket_differ() -> None:
    # Processes of known seeds: of any two hundred, one time in three hundred two would meet.
    factories = [IdFactory(seed) for seed in range(200)]
    made = [ids.new("si", NOW, "cus_1xY", short=True) for ids in factories for _ in range(100)]
    assert len(set(made)) == len(made)


def test_a_seed_makes_the_same_ids_again() -> None:
    def life() -> list[str]:
        ids = IdFactory(7)
        return [
            *(ids.new("evt", NOW) for _ in range(20)),
            *(ids.new("cus", NOW, short=True) for _ in range(20)),
            ids.secret(24),
        ]

    first = life()
    assert first == life() and first[:20] == sorted(first[:20])


def test_the_ids_of_a_second_lie_between_its_bounds() -> None:
    id = IdFactory().new("evt", NOW)
    assert least_id("evt", NOW) < id < least_id("evt", NOW + 1)


def test_an_id_is_in_the_bucket_of_its_owner() -> None:
    ids = IdFactory()
    owner = ids.new("cus", NOW, short=True)
    assert bucket_of(ids.new("in", NOW, owner)) == bucket_of(owner)
    assert bucket_of(ids.new("in", NOW, "cus_of-mine.")) == bucket_of("cus_of-mine.")


def test_numbers_keep_their_order_in_letters() -> None:
    assert list(ALPHABET) == sorted(ALPHABET)
    assert [base62(n, 6) for n in (0, 61, 62)] == ["000000", "00000z", "000010"]
    assert base62(62**6 - 1, 6) == "zzzzzz"
    assert base62(62**6, 8) == "01000000"
