import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from metagui.data.placing import with_examples
from metagui.data.reference import Reference
from metagui.data.task import Task
from metagui.gui.reference_model import MIME_TYPE, THUMBNAIL, EntryRole, ReferenceFilter, ReferenceModel
from metagui.gui.sketch_mime import carried_by
from tests.data.test_one_shot import alphabets

REFERENCE = Reference("omniglot", alphabets({"Korean": 12, "Greek": 4}, drawers=3))


@pytest.fixture
def model(qtbot: QtBot) -> ReferenceModel:
    model = ReferenceModel()
    model.show_reference(REFERENCE)
    return model


@pytest.fixture
def found(model: ReferenceModel) -> ReferenceFilter:
    return ReferenceFilter(model)


def titles(found: ReferenceFilter) -> list[str]:
    return [found.index(row, 0).data(EntryRole).title for row in range(found.rowCount())]


def test_it_keeps_the_rules_of_qts_models(model: ReferenceModel, found: ReferenceFilter, qtbot: QtBot) -> None:
    testers = [QAbstractItemModelTester(one, one) for one in (model, found)]
    found.set_filter("Greek", "", only_unseen=False)
    model.show_seen(frozenset({13}))
    model.show_reference(None)
    model.show_reference(REFERENCE)
    assert model.rowCount() == 16
    assert all(testers)


def test_alphabet_words_and_unseen_find_characters(model: ReferenceModel, found: ReferenceFilter) -> None:
    assert len(titles(found)) == 16
    found.set_filter("Greek", "", only_unseen=False)
    assert titles(found) == ["Greek 0", "Greek 1", "Greek 2", "Greek 3"]
    found.set_filter(None, "kor 1", only_unseen=False)
    assert titles(found) == ["Korean 1"]
    found.set_filter("Greek", "", only_unseen=True)
    model.show_seen(frozenset({12, 14}))  # a network with another past
    assert titles(found) == ["Greek 1", "Greek 3"]


def test_what_was_seen_is_told_by_a_mark_and_in_words(model: ReferenceModel) -> None:
    index = model.index(0)
    before = index.data(Qt.ItemDataRole.DecorationRole).toImage()
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Greek 0, by 3 people"
    model.show_seen(frozenset({12}))
    assert index.data(Qt.ItemDataRole.DecorationRole).toImage() != before
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).endswith("which the network was trained on")
    assert "trained" not in model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_thumbnails_are_made_when_they_are_looked_at(model: ReferenceModel) -> None:
    assert not model._thumbnails
    pixmap = model.index(3).data(Qt.ItemDataRole.DecorationRole)
    assert pixmap.deviceIndependentSize().width() == THUMBNAIL
    assert len(model._thumbnails) == 1
    assert model.index(3).data(Qt.ItemDataRole.DecorationRole).cacheKey() == pixmap.cacheKey()


def test_numbers_are_enough_within_an_alphabet(model: ReferenceModel) -> None:
    assert model.index(5).data() == "1 Korean"
    model.shows_alphabets = False
    assert model.index(5).data() == "1"


def test_what_is_dragged_is_by_drawers_who_are_not_in_the_task(model: ReferenceModel, found: ReferenceFilter) -> None:
    model.examples = 2
    index = found.index(6, 0)
    assert found.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    assert found.mimeTypes() == [MIME_TYPE]
    carried = carried_by(found.mimeData([index]))
    assert carried is not None
    assert (carried.name, len(carried.sketches), len(carried.more)) == ("Korean 2", 1, 1)
    model.task = with_examples(Task(), 0, carried.sketches)
    other = carried_by(found.mimeData([index]))
    assert other is not None
    assert not np.array_equal(other.sketches[0].given, carried.sketches[0].given)
    model.task = with_examples(model.task, 1, (*other.sketches, *other.more))
    assert carried_by(found.mimeData([index])) is None
    assert carried_by(found.mimeData([])) is None
