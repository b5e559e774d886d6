from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from metagui.gui import theme
from metagui.gui.themed_plot import ThemedPlot, themed_plot


def test_a_plot_follows_the_palette(qtbot: QtBot) -> None:
    plot = themed_plot(x_label="iteration", y_label="loss", name="Loss")
    qtbot.addWidget(plot)
    line = plot.add_line(3)
    line.setData([0, 1], [1, 0])
    for window in ("#ffffff", "#202020"):
        palette = QPalette(QColor(window))
        plot.setPalette(palette)
        assert line.opts["pen"].color() == theme.series_colour(3, palette)
        assert line.opts["pen"].color().alpha() == 255
        assert plot.backgroundBrush().color() == QColor(window)


def test_lines_are_removed(qtbot: QtBot) -> None:
    plot = themed_plot(name="Loss")
    qtbot.addWidget(plot)
    line = plot.add_line(0)
    plot.remove_line(line)
    assert line not in plot.plotItem.items


def test_a_line_of_few_points_follows_the_palette_too(qtbot: QtBot) -> None:
    plot = ThemedPlot(None, "step", "loss", "Loss")
    qtbot.addWidget(plot)
    line = plot.add_dotted_line(3, width=2)
    for window in ("#ffffff", "#202020"):
        palette = QPalette(QColor(window))
        plot.setPalette(palette)
        assert line.pen.color() == theme.series_colour(3, palette)
    plot.restyle_line(line, 4, 1)
    assert (line.pen.color(), line.pen.widthF()) == (theme.series_colour(4, plot.palette()), 1)
    plot.remove_line(line)
    assert line not in plot.plotItem.items
