import numpy as np
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from metagui.gui.filter_grid import FilterGrid, filter_pixels

COLOURS = QColor(255, 0, 0), QColor(255, 255, 255), QColor(0, 0, 255)


def test_colours_go_from_negative_over_zero_to_positive() -> None:
    filters = np.array([-2, -1, 0, 1, 2, 9, -9, np.nan, 0], np.float32).reshape(1, 3, 3)
    rows = filter_pixels(filters, 2.0, COLOURS).reshape(9, 3).tolist()
    red, pink, white, light, blue = [255, 0, 0], [255, 128, 128], [255, 255, 255], [128, 128, 255], [0, 0, 255]
    assert rows == [red, pink, white, light, blue, blue, red, white, white]
    assert (filter_pixels(np.zeros((1, 3, 3), np.float32), 0.0, COLOURS) == 255).all()


def test_the_scale_is_that_of_all_steps_and_of_what_is_shown(qtbot: QtBot) -> None:
    grid = FilterGrid()
    qtbot.addWidget(grid)
    grid.resize(200, 200)
    before = np.zeros((64, 3, 3), np.float32)
    before[5, 1, 2] = 4
    after = before.copy()
    after[0, 0, 0] = -0.5
    grid.show_filters([before, after])
    grid.show_step(1)
    assert grid.largest == 4
    pictures = [grid.grab().toImage()]
    grid.set_shows_change(True)
    assert grid.largest == 0.5
    assert grid.shown[1][5].max() == 0
    pictures.append(grid.grab().toImage())
    grid.show_step(0)
    assert grid.largest == 0.5
    pictures.append(grid.grab().toImage())
    assert all(one != other for index, one in enumerate(pictures) for other in pictures[:index])


def test_it_is_empty_until_there_are_filters(qtbot: QtBot) -> None:
    grid = FilterGrid()
    qtbot.addWidget(grid)
    assert not grid.grab().isNull()
