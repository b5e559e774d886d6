import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.data.placing import (
    AS_CLASSES,
    AS_QUERIES,
    row_of,
    with_class_of,
    with_classes_of,
    with_example_moved,
    with_examples,
    with_queries_of,
    with_sheet,
)
from metagui.data.task import MOST, DrawnClass, Sketch, Task

ONE, OTHER = (Sketch(given=np.full((1, 28, 28), ink, np.float32), origin="Korean 7") for ink in (0.5, 1))


def names(task: Task) -> list[str]:
    return [drawn.name for drawn in task.classes]


def test_a_class_takes_the_place_of_one_that_nobody_has_touched() -> None:
    task = with_class_of(Task(), "Korean 7", [ONE, OTHER])
    assert names(task) == ["Korean 7", "B", "C"]
    assert task.classes[0].sketches == (ONE, OTHER)
    named = Task().with_class(0, DrawnClass("mine")).with_class(2, DrawnClass("C", (ONE,)))
    task = with_class_of(with_class_of(named, "x", [ONE]), "y", [ONE])
    assert names(task) == ["mine", "x", "C", "y"]  # what has a name or a drawing stays


def test_a_class_without_a_name_is_called_by_a_letter() -> None:
    task = with_class_of(Task(), "", [ONE])
    assert names(task) == ["A", "B", "C"]
    full = Task(tuple(DrawnClass(letter, (ONE,)) for letter in "ABC"))
    assert names(with_class_of(full, "", [ONE])) == ["A", "B", "C", "D"]


def test_there_has_to_be_room_and_the_name_has_to_be_free() -> None:
    full = Task(tuple(DrawnClass(f"class {number}") for number in range(MOST)))
    with pytest.raises(InputError, match="20 classes already"):
        with_class_of(full, "Korean 7", [ONE])
    with pytest.raises(InputError, match="another class has this name"):
        with_class_of(full, "class 3", [ONE])


def test_a_query_is_labelled_where_its_class_is_present() -> None:
    task = with_examples(Task(), 1, [ONE])
    renamed = row_of(task, "Korean 7")
    assert renamed == 1  # known by its examples' origin
    asked = with_queries_of(task, "Korean 7", [OTHER])
    assert (asked.query.sketch, asked.query.label, asked.place) == (OTHER, 1, 0)
    asked = with_queries_of(asked, "Korean 8", [OTHER])
    assert (asked.query.label, asked.place) == (None, 1)
    assert row_of(Task(), "") is None


def test_examples_come_after_those_that_are_there() -> None:
    task = with_examples(with_examples(Task(), 0, [ONE]), 0, [OTHER])
    assert task.classes[0].sketches == (ONE, OTHER)


def test_an_example_moves_to_another_class() -> None:
    first, second = (Sketch((np.zeros((2, 2), np.float32),)) for _ in range(2))
    task = Task((DrawnClass("a", (first, second)), DrawnClass("b", (second,))))
    moved = with_example_moved(task, 0, 0, 1)
    assert moved.classes[0].sketches == (second,)
    assert moved.classes[1].sketches == (second, first)


def test_loaded_classes_fill_up_and_those_that_nobody_has_touched_give_way() -> None:
    task, without_room = with_classes_of(Task(), [("x", [ONE]), ("y", [OTHER])])
    assert (names(task), without_room) == (["x", "y"], 0)
    task, _ = with_classes_of(task, [("y", [ONE]), ("z", [ONE])])
    assert names(task) == ["x", "y", "z"]
    assert task.classes[1].sketches == (OTHER, ONE)
    task, _ = with_classes_of(Task(), [("x", [ONE])])
    assert names(task) == ["x", "B"]  # two there must be
    task, without_room = with_classes_of(task, [(f"n{number}", [ONE]) for number in range(MOST + 3)])
    assert (len(task.classes), without_room) == (MOST, 4)


def test_a_sheet_goes_where_it_is_told_to() -> None:
    rows = [[ONE, OTHER], [OTHER]]
    task, without_room = with_sheet(Task(), rows, AS_CLASSES)
    assert [len(drawn.sketches) for drawn in task.classes] == [2, 1]
    assert without_room == 0
    assert len(with_sheet(Task(), rows, AS_QUERIES)[0].queries) == 3
    assert len(with_sheet(Task(), rows, 1)[0].classes[1].sketches) == 3
