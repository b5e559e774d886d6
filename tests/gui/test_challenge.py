import numpy as np
import pytest

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.reference import Reference
from metagui.gui.challenge import WAY, Attempt, Challenge, choices, draw_challenge, right
from tests.data.test_one_shot import alphabets

LARGE = Reference("omniglot", alphabets({"Korean": 30, "Greek": 24, "Tagalog": 17}, drawers=3))
GREEK = frozenset(entry.index for entry in LARGE.alphabets["Greek"])


def marks(challenge: Challenge) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Of the examples and of the queries in the order of their classes: character and drawer."""
    examples = [drawn.sketches[0].given for drawn in challenge.task.classes]
    queries = {query.label: query.sketch.given for query in challenge.task.queries}
    ordered = [queries[row] for row in range(WAY)]
    return tuple([(round(one[0, 0, 0] * 255), round(one[0, 0, 1] * 255)) for one in some]
                 for some in (examples, ordered))  # type: ignore[return-value,index]  # fmt: skip


def test_it_has_lakes_form() -> None:
    challenge = draw_challenge(LARGE, "Korean", (), np.random.default_rng(0))
    examples, queries = marks(challenge)
    assert [character for character, _ in examples] == [character for character, _ in queries]
    assert len({character for character, _ in examples}) == WAY
    assert len({drawer for _, drawer in examples}) == len({drawer for _, drawer in queries}) == 1
    assert examples[0][1] != queries[0][1]
    assert sorted(challenge.labels) == list(range(WAY))
    assert challenge.labels != tuple(range(WAY))  # the order of the queries tells nothing
    assert all(drawn.name.startswith("Korean ") for drawn in challenge.task.classes)
    assert "has seen no character" in challenge.fairness


def test_alphabets_of_fewer_characters_are_left_out() -> None:
    assert [(one.alphabet, one.characters, one.unseen) for one in choices(LARGE, GREEK)] == [
        ("Greek", 24, 0),
        ("Korean", 30, 30),
    ]
    small = Reference("omniglot", alphabets({"Tagalog": 17}))
    with pytest.raises(InputError, match="no alphabet of 20 characters"):
        draw_challenge(small, None, (), np.random.default_rng(0))


def test_without_a_wish_it_is_what_the_network_has_seen_least_of() -> None:
    for seed in range(5):
        assert draw_challenge(LARGE, None, GREEK, np.random.default_rng(seed)).alphabet == "Korean"
    found = {draw_challenge(LARGE, None, (), np.random.default_rng(seed)).alphabet for seed in range(10)}
    assert found == {"Korean", "Greek"}


@pytest.mark.parametrize(("known", "in_task"), [(10, 0), (11, 1), (20, 10), (30, 20)])
def test_characters_that_the_network_has_not_seen_come_first(known: int, in_task: int) -> None:
    korean = [entry.index for entry in LARGE.alphabets["Korean"]]
    challenge = draw_challenge(LARGE, "Korean", frozenset(korean[:known]), np.random.default_rng(3))
    assert len(challenge.seen) == in_task
    assert challenge.has_seen_alphabet
    names = {entry.title for entry in LARGE.alphabets["Korean"][:known]}
    assert {challenge.task.classes[row].name for row in challenge.seen} <= names
    told = f"{in_task} of these 20" if in_task else "none of these 20"
    assert told in challenge.fairness


def test_answers_are_taken_back_and_counted() -> None:
    challenge = draw_challenge(LARGE, "Korean", {0, 1, 2}, np.random.default_rng(0))
    attempt = Attempt(challenge)
    for label in challenge.labels[:-1]:
        attempt = attempt.with_answer(label)
    assert not attempt.is_complete
    attempt = attempt.without_last().with_answer(challenge.labels[0]).with_answer(challenge.labels[-1])
    assert attempt.is_complete
    assert attempt.with_answer(3) is attempt
    assert right(challenge, attempt.answers) == (19, 20)
    wrong = challenge.labels[-2]
    assert right(challenge, attempt.answers, without={wrong}) == (19, 19)


def test_of_omniglot_46_alphabets_are_large_enough(omniglot: CharacterSet) -> None:
    assert len(choices(Reference("omniglot", omniglot), ())) == 46
