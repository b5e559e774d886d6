import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.task import EMPTY, MOST, NONE_OF_THESE, DrawnClass, Query, Sketch, Task, query_arrays, support_arrays

STROKE = np.array([[20, 20, 0, 1], [80, 80, 9, 1]], dtype=np.float32)
SETTINGS = GlyphSettings()


def drawn(name: str, number: int) -> DrawnClass:
    return DrawnClass(name, tuple(Sketch((STROKE,)) for _ in range(number)))


def test_a_sketch_makes_its_glyph_once_for_each_of_the_settings() -> None:
    sketch = Sketch((STROKE,))
    assert sketch.glyph(SETTINGS) is sketch.glyph(GlyphSettings())
    assert not np.array_equal(sketch.glyph(SETTINGS), sketch.glyph(GlyphSettings(fitted=False)))


def test_a_given_glyph_is_taken_as_it_is() -> None:
    glyph = np.ones((1, 28, 28), np.float32)
    assert Sketch(given=glyph).glyph(SETTINGS) is glyph
    assert not Sketch(given=glyph).is_empty


def test_a_blank_picture_has_no_glyph() -> None:
    with pytest.raises(InputError):
        Sketch(picture=np.full((40, 40), 255, np.uint8)).glyph(SETTINGS)


def test_a_sketch_is_added_replaced_and_removed() -> None:
    one = drawn("A", 1)
    assert len(one.with_sketch(1, Sketch((STROKE,))).sketches) == 2
    assert len(one.with_sketch(0, one.sketches[0].with_stroke(STROKE)).sketches[0].strokes) == 2
    assert one.with_sketch(0, EMPTY).sketches == ()


def test_new_classes_have_names_of_their_own() -> None:
    task = Task((DrawnClass("B"), DrawnClass("x"))).with_class_count(MOST)
    assert len({one.name for one in task.classes}) == MOST
    assert [one.name for one in task.classes[:4]] == ["B", "x", "A", "C"]


def test_labels_follow_their_class_when_another_goes() -> None:
    task = Task((drawn("A", 1), drawn("B", 1), drawn("C", 1)), (Query(Sketch((STROKE,)), 2),))
    assert task.without_class(0).query.label == 1
    assert task.without_class(2).query.label is None
    assert task.with_class_count(2).query.label is None


def test_a_query_may_be_of_none_of_the_classes_whichever_they_are() -> None:
    task = Task((drawn("A", 1), drawn("B", 1), drawn("C", 1)), (Query(Sketch((STROKE,)), NONE_OF_THESE),))
    assert task.without_class(0).query.label == NONE_OF_THESE
    assert task.with_class_count(2).query.label == NONE_OF_THESE
    assert [task.name_of(label) for label in (2, NONE_OF_THESE)] == ["C", "None of these"]
    assert query_arrays(task, SETTINGS)[1].tolist() == [-1]


def test_names_are_distinct_and_not_empty() -> None:
    task = Task()
    assert task.why_not_named("A", row=0) is None
    assert task.why_not_named("A", row=1)
    assert task.why_not_named("A")
    assert task.why_not_named("")


def test_a_query_is_changed_in_its_place_and_an_empty_one_goes() -> None:
    first, second, third = (Query(Sketch((STROKE,)), label) for label in (0, 1, 2))
    task = Task(queries=(first, second)).showing(1)
    assert task.query is second
    assert task.with_query(third).queries == (first, third)
    cleared = task.with_query(Query())
    assert cleared.queries == (first,)
    assert cleared.query.sketch.is_empty  # room for a further one
    assert cleared.with_query(third).queries == (first, third)
    assert cleared.with_query(third).query is third


def test_further_queries_come_last_and_the_first_of_them_is_shown() -> None:
    one, two, three = (Query(Sketch((STROKE,)), label) for label in (0, 1, 2))
    task = Task(queries=(one,)).with_further_queries([two, three])
    assert task.queries == (one, two, three)
    assert task.query is two


def test_a_drawing_that_is_switched_off_takes_no_part() -> None:
    off = Sketch((STROKE,), is_active=False)
    task = Task((DrawnClass("A", (off, Sketch((STROKE,)))), DrawnClass("B", (off,)), drawn("C", 1)))
    assert task.drawn_rows == (0, 2)
    assert not task.is_blank
    images, labels = support_arrays(task, SETTINGS)
    assert len(images) == 2
    assert labels.tolist() == [0, 1]
    assert not off.with_stroke(STROKE).is_active


def test_switching_a_drawing_twice_leaves_all_as_it_was() -> None:
    two = drawn("A", 2)
    off = two.toggled(1)
    assert [sketch.is_active for sketch in off.sketches] == [True, False]
    assert off.sketches[1].strokes is two.sketches[1].strokes
    assert off.toggled(1).active[1].strokes is two.sketches[1].strokes


def test_arrays_leave_out_classes_without_a_drawing() -> None:
    task = Task((drawn("A", 2), drawn("B", 0), drawn("C", 1)), (Query(Sketch((STROKE,)), 2),))
    images, labels = support_arrays(task, SETTINGS)
    assert images.shape == (3, 1, 28, 28)
    assert labels.tolist() == [0, 0, 1]
    query, query_labels = query_arrays(task, SETTINGS)
    assert query.shape == (1, 1, 28, 28)
    assert query_labels.tolist() == [1]


def test_a_query_may_be_missing_or_without_a_label() -> None:
    task = Task((drawn("A", 1), drawn("B", 0)))
    assert query_arrays(task, SETTINGS)[0].shape == (0, 1, 28, 28)
    for label in (None, 1):  # unknown, or of a class that does not take part
        assert query_arrays(Task(task.classes, (Query(Sketch((STROKE,)), label),)), SETTINGS)[1].tolist() == [-1]
