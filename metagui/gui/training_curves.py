"""The curves of a run: its losses above, its accuracies below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from metagui.gui.live_plot import CurveStyle, LivePlot

_LOSS = {
    "query_loss": CurveStyle("query after", 0),
    "support_loss_before": CurveStyle("support before", 9),
    "support_loss": CurveStyle("support after", 1),
}
_ACCURACY = {
    "query_accuracy_before": CurveStyle("query before", 9),
    "query_accuracy": CurveStyle("query after", 0),
    "validation_accuracy": CurveStyle("validation", 2, sparse=True),
}


class TrainingCurves(QSplitter):
    """The figures of MetaStep and of a validation, each as a curve over the iterations."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.loss_plot = LivePlot("loss (nats)", tuple(_LOSS.values()), top=2)
        self.accuracy_plot = LivePlot("accuracy (%)", tuple(_ACCURACY.values()), top=100, percent=True)
        self.addWidget(self.loss_plot)
        self.addWidget(self.accuracy_plot)
        self.setChildrenCollapsible(False)

    def add(self, iteration: float, figures: dict[str, float]) -> None:
        """A point of every curve that `figures` has a value for, by the names of a run's history."""
        for plot, styles in ((self.loss_plot, _LOSS), (self.accuracy_plot, _ACCURACY)):
            for figure, style in styles.items():
                if figure in figures:
                    half_width = figures.get("validation_ci95", 0.0) if style.sparse else 0.0
                    plot.add(style.name, iteration, figures[figure], half_width)

    def set_smooth(self, smooth: bool) -> None:
        """Show running means, or the points as they came."""
        self.loss_plot.set_smooth(smooth)
        self.accuracy_plot.set_smooth(smooth)

    def clear(self) -> None:
        self.loss_plot.clear()
        self.accuracy_plot.clear()
