import copy
import dataclasses
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metagui.data import task_file
from metagui.data.errors import InputError
from metagui.data.task import EMPTY, NONE_OF_THESE, DrawnClass, Query, Sketch, Task
from metagui.data.task_file import FAULTS, pack_task, unpack_task

RNG = np.random.default_rng(0)
STROKE = RNG.uniform(0, 105, (20, 4)).astype(np.float32)
GLYPH = (RNG.integers(0, 256, (1, 28, 28)).astype(np.uint8)).astype(np.float32) / 255
PICTURE = RNG.integers(0, 256, (40, 30)).astype(np.uint8)

TASK = Task(
    (
        DrawnClass("é\n\udcff", (Sketch((STROKE, STROKE[:1])), Sketch(picture=PICTURE, origin="a.png"))),
        DrawnClass("B", (Sketch(given=GLYPH, is_active=False), Sketch(given=GLYPH * np.float32(0.7)))),
    ),
    (Query(Sketch((STROKE[:, :3],)), 1), Query(Sketch(given=GLYPH)), Query(Sketch(picture=PICTURE), NONE_OF_THESE)),
    place=2,
)


def through_json(task: Task) -> tuple[dict[str, Any], dict[str, bytes]]:
    told, files = pack_task(task)
    return json.loads(json.dumps(told)), files


def assert_same(one: Task, other: Task) -> None:
    assert [drawn.name for drawn in one.classes] == [drawn.name for drawn in other.classes]
    assert [query.label for query in one.queries] == [query.label for query in other.queries]
    assert one.place == other.place
    for mine, theirs in zip(sketches(one), sketches(other), strict=True):
        assert (mine.origin, mine.is_active) == (theirs.origin, theirs.is_active)
        for a, b in zip(arrays(mine), arrays(theirs), strict=True):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b)


def sketches(task: Task) -> list[Sketch]:
    return [sketch for drawn in task.classes for sketch in drawn.sketches] + [query.sketch for query in task.queries]


def arrays(sketch: Sketch) -> list[np.ndarray]:
    return [*sketch.strokes, *(one for one in (sketch.picture, sketch.given) if one is not None)]


def test_all_of_a_task_comes_back_to_the_bit() -> None:
    told, files = through_json(TASK)
    assert_same(unpack_task(told, files.__getitem__), TASK)


def test_a_blank_task_comes_back() -> None:
    told, files = through_json(Task())
    assert files == {}
    assert unpack_task(told, files.__getitem__).is_blank


@given(st.lists(st.lists(st.floats(-9999, 9999, width=32), min_size=3, max_size=3), min_size=1, max_size=5))
def test_every_float_of_a_stroke_comes_back(points: list[list[float]]) -> None:
    stroke = np.array(points, dtype=np.float32)
    told, files = through_json(Task(queries=(Query(Sketch((stroke,))),)))
    (back,) = unpack_task(told, files.__getitem__).queries[0].sketch.strokes
    assert back.tobytes() == stroke.tobytes()


def test_a_data_sets_glyphs_are_pictures_and_others_are_numbers() -> None:
    told, files = through_json(TASK)
    exact, inexact = told["classes"][1]["drawings"]
    assert exact["glyph"] in files
    assert len(inexact["glyph"]) == 28 * 28
    assert all(content.startswith(b"\x89PNG") for content in files.values())


def test_all_256_levels_are_exact() -> None:
    levels = np.resize(np.arange(256, dtype=np.uint8), (1, 28, 28)).astype(np.float32) / 255
    told, files = through_json(Task(queries=(Query(Sketch(given=levels)),)))
    assert len(files) == 1
    assert np.array_equal(unpack_task(told, files.__getitem__).queries[0].sketch.given, levels)


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Task, {"classes", "queries", "place"}),
        (DrawnClass, {"name", "sketches"}),
        (Query, {"sketch", "label"}),
        (Sketch, {"strokes", "picture", "given", "origin", "is_active", "_glyphs"}),
    ],
)
def test_no_part_of_a_task_is_forgotten(kind: type, known: set[str]) -> None:
    """A new field is to be written and read in `task_file`, or sessions lose it."""
    assert {field.name for field in dataclasses.fields(kind)} == known


def nodes(told: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each part of a description."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(told, dict | list):
        for key in told if isinstance(told, dict) else range(len(told)):
            inner += nodes(told[key], (*path, key))
    return [*inner, path]


TOLD, FILES = through_json(TASK)
FOREIGN = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**400) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from([path for path in nodes(TOLD) if path]), FOREIGN)
def test_a_description_of_another_form_is_one_of_the_known_faults(path: tuple[Any, ...], foreign: Any) -> None:
    told = copy.deepcopy(TOLD)
    place = told
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = foreign
    try:
        task = unpack_task(told, FILES.__getitem__)
    except (InputError, *FAULTS):
        return
    assert all(not sketch.is_empty for sketch in sketches(task))
    assert 0 <= task.place <= len(task.queries)


@pytest.mark.parametrize(
    "changes",
    [{"query_on_show": 4}, {"query_on_show": -1}, {"query_on_show": True}, {"classes": []},
     {"classes": [{"name": "A", "drawings": []}] * 2},
     {"classes": [{"name": f"{number}", "drawings": []} for number in range(21)]},
     {"classes": [{"name": "", "drawings": []}, {"name": "B", "drawings": []}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": []}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": [[[1e39, 0, 0]]]}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": [[[1e5, 0, 0]]]}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": [[[1]]]}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": [[[1, 2, 3]]]}, "label": 2}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "strokes": [[[1, 2, 3]]]}, "label": -2}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "picture": "none.png"}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "glyph": "pictures/1.png"}, "label": None}]},
     {"queries": [{"drawing": {"origin": "", "active": True, "glyph": [float("nan")] * 784}, "label": None}]}],
)  # fmt: skip
def test_what_no_session_holds_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FAULTS):
        unpack_task(TOLD | changes, FILES.__getitem__)


def test_more_than_can_be_held_is_refused_on_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, value in (("MOST_PIXELS", PICTURE.size), ("MOST_DRAWINGS", len(sketches(TASK)) - 1)):
        with monkeypatch.context() as patch:
            patch.setattr(task_file, limit, value)
            with pytest.raises(InputError, match="remove some"):
                pack_task(TASK)
            with pytest.raises(InputError, match="more than"):
                unpack_task(TOLD, FILES.__getitem__)


def test_a_damaged_picture_is_named() -> None:
    with pytest.raises(InputError, match=r"pictures/1\.png"):
        unpack_task(TOLD, lambda name: FILES[name][:60])


def test_an_empty_sketch_is_never_written() -> None:
    """The task's own rule, which the reader relies on."""
    assert Task().with_query(Query(EMPTY)).queries == ()


def test_a_picture_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pack_task(TASK)[1]
    monkeypatch.setattr(task_file.Image, "fromarray", lambda _: 1 / 0)
    assert pack_task(replace(TASK, classes=TASK.classes[:1], queries=()))[1].items() <= before.items()
