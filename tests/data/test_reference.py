from dataclasses import replace

import numpy as np
import pytest

from metagui.data import reference as module
from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.placing import with_examples
from metagui.data.preparation import result
from metagui.data.reference import Entry, Reference, References
from metagui.data.sources import OMNIGLOT, STROKES
from metagui.data.task import Query, Task
from tests.data.test_episodes import characters_of
from tests.data.test_one_shot import alphabets


def test_omniglot_has_fifty_alphabets_with_names_for_people(omniglot: CharacterSet) -> None:
    reference = Reference(OMNIGLOT, omniglot)
    assert len(reference.alphabets) == 50
    assert [len(reference.alphabets[name]) for name in ("Korean", "Japanese (hiragana)", "Ge ez")] == [40, 52, 26]
    assert list(reference.alphabets) == sorted(reference.alphabets, key=str.casefold)
    for entry in reference.entries[::97]:
        alphabet, _, character = omniglot.names[entry.index].partition("/")
        assert entry.title == f"{alphabet.replace('_', ' ')} {int(character.removeprefix('character'))}"
    assert sorted(entry.index for entry in reference.entries) == list(range(1623))


def test_invented_characters_come_in_alphabets_of_25() -> None:
    reference = Reference(STROKES, characters_of([2] * 60))
    assert {name: len(entries) for name, entries in reference.alphabets.items()} == {
        "Invented A": 25,
        "Invented B": 25,
        "Invented C": 10,
    }
    assert reference.alphabets["Invented B"][0] == Entry(25, "Invented B", 1)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("korean", True),
        ("KOR 7", True),
        ("7 rea", True),
        ("korean 1", False),
        ("17", False),
        ("x 7", False),
    ],
)
def test_words_are_parts_of_the_name_or_the_whole_number(words: str, found: bool) -> None:
    assert Entry(0, "Korean", 7).matches(words) is found


def test_each_drawing_is_by_a_drawer_who_is_not_in_the_task_yet() -> None:
    reference = Reference(OMNIGLOT, alphabets({"Korean": 3}, drawers=4))
    entry, task = reference.entries[1], Task()
    for _ in range(3):
        task = with_examples(task, 0, reference.sketches(entry, 1, task))
    drawn = [sketch.given for sketch in task.classes[0].sketches if sketch.given is not None]
    assert [round(float(glyph[0, 0, 1]) * 255) for glyph in drawn] == [1, 2, 3]  # the drawers' marks
    assert {sketch.origin for sketch in task.classes[0].sketches} == {"Korean 1"}
    (last,) = reference.sketches(entry, 5, task)  # queries count as well
    asked = task.with_query(Query(last))
    assert reference.sketches(entry, 1, asked) == ()
    assert len(reference.sketches(entry, 9, replace(task, queries=()))) == 1
    assert last.given is not None
    assert (last.given.shape, last.given.dtype) == ((1, 28, 28), np.float32)


def test_a_data_set_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    characters = alphabets({"Korean": 3})
    monkeypatch.setattr(module, "load_omniglot", lambda: characters)
    references = References()
    first = result(references.load(OMNIGLOT))
    assert first.characters is characters
    assert result(references.load(OMNIGLOT)) is first


def test_omniglot_has_to_be_imported_first() -> None:
    with pytest.raises(InputError, match="has not been imported yet"):
        result(References().load(OMNIGLOT))
