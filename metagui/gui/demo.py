"""The program shows itself: from an untrained network to a named drawing, and through the views of what was learned."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtWidgets import QWidget

from metagui.data.glyph import Stroke
from metagui.data.samples import Sample, load_samples
from metagui.data.sources import STROKES
from metagui.gui.drawing_canvas import DrawingCanvas
from metagui.gui.main_window import MainWindow
from metagui.learn.config import TrainingConfig
from metagui.learn.shipped import shipped

_TICK = 25  # ms between two strokes
_PICTURE = QSize(1200, 800)
_TRAINING = TrainingConfig(
    data="strokes", way=5, shot=5, query=5, inner_steps=2, inner_lr=0.4, meta_batch=4, iterations=10_000, minutes=0.6,
    validate_every=25, validation_episodes=40,
)  # fmt: skip

Until = Callable[[], bool]  # when the script may go on
Result = TypeVar("Result")
Script = Generator[Until, None, Result]


class Demo(QObject):
    """Plays a script on the real widgets, a piece at each tick of a timer, and waits where the program is at work."""

    finished = Signal(int)  # the exit code

    def __init__(self, window: MainWindow, pictures: Path | None, training: TrainingConfig = _TRAINING) -> None:
        super().__init__(window)
        self._window, self._pictures, self._training = window, pictures, training
        self._script = self._play()
        self._until: Until = lambda: True
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        if self._pictures is not None:
            self._window.resize(_PICTURE)  # and not as the user left it: pictures made anew are like those before
        self._timer.start()

    def _on_tick(self) -> None:
        if not self._until():
            return
        try:
            self._until = next(self._script)
        except StopIteration as end:
            self._end(end.value)
        except Exception:
            self._end(1)
            raise

    def _end(self, code: int) -> None:
        self._timer.stop()
        self._window.close()
        self.finished.emit(code)

    def _play(self) -> Script[int]:
        yield from self._train()
        if self._window.training_panel.folder is None or not self._window.training_panel.use_action.isEnabled():
            print(f"Training failed: {self._window.training_panel.message_bar.text}", flush=True)
            return 1
        self._window.training_panel.use_action.trigger()
        samples = load_samples()
        yield from self._draw_support(samples)
        right, total = yield from self._classify(samples)
        print(f"{right} of {total} queries got the right name.", flush=True)
        yield from self._tour()
        return 0

    def _train(self) -> Script[None]:
        panel = self._window.training_panel
        self._window.tabs.setCurrentWidget(panel)
        panel.form.set_config(self._training)
        print(f"Training on procedural strokes for {60 * self._training.minutes:.0f} s …", flush=True)
        panel.start_action.trigger()
        yield lambda: not panel.is_running
        yield from self._picture("training")

    def _draw_support(self, samples: tuple[Sample, ...]) -> Script[None]:
        panel = self._window.adaptation_panel
        print("Drawing five examples of five symbols …", flush=True)
        panel.set_class_count(len(samples))
        for row, sample in zip(panel.rows, samples, strict=True):
            row.name_edit.setText(sample.name)
            row.name_edit.returnPressed.emit()
            for drawing in sample.support:
                for number, stroke in enumerate(drawing):
                    # The last cell is the empty one; a drawing begun stands before it.
                    row.cells[-1 if number == 0 else -2].canvas.add_stroke(stroke)
                    yield lambda: True
        yield lambda: panel.is_settled
        yield from self._picture("support")

    def _classify(self, samples: tuple[Sample, ...]) -> Script[tuple[int, int]]:
        """Show the queries one after the other, each said to be what it is; how many were named right, of how many."""
        panel, pad = self._window.adaptation_panel, self._window.adaptation_panel.query_pad
        right = total = 0
        for index in range(max(len(sample.query) for sample in samples)):
            for row, sample in enumerate(samples):
                if index < len(sample.query):
                    pad.new_button.click()
                    yield from self._draw(pad.canvas, sample.query[index])
                    pad.label_box.activated.emit(pad.label_box.findData(row))
                    yield lambda: panel.is_settled
                    total += 1
                    right += panel.winner == sample.name
                    if total == 1:
                        yield from self._picture("adaptation")
        return right, total

    def _tour(self) -> Script[None]:
        """The views of what the steps change; what meta-learning is worth; where to find more to try."""
        panel, column = self._window.adaptation_panel, self._window.adaptation_panel.column
        print("What the inner steps change …", flush=True)
        views = (column.curves, column.confusion, column.layers, column.features, column.why)
        for view, stage in zip(views, ("steps", "confusion", "layers", "features", "why"), strict=True):
            yield from self._go_through(view, stage)
        default, *_ = shipped()
        print(f"What meta-learning is worth: {default.name} and others, with one example of a class …", flush=True)
        panel.open_checkpoint(default.path)
        panel.bar.fill_chosen.emit(STROKES, 1, 10)
        yield lambda: len(panel.task.classes[0].sketches) == 1
        column.lanes.worth_button.click()
        yield from self._go_through(column.lanes, "lanes")
        panel.bar.reference_action.trigger()
        source = panel.reference.source_box
        source.setCurrentIndex(source.findData(STROKES))
        source.activated.emit(source.currentIndex())
        yield lambda: bool(panel.reference.shown)
        yield from self._picture("reference")

    def _go_through(self, view: QWidget, stage: str) -> Script[None]:
        """Show this view from the first inner step to the last."""
        panel = self._window.adaptation_panel
        yield lambda: panel.is_settled
        panel.timeline.views.setCurrentWidget(view)
        for step in range(panel.timeline.slider.maximum() + 1):
            panel.timeline.slider.setValue(step)
            yield lambda: panel.column.why.is_settled
        yield from self._picture(stage)

    def _draw(self, canvas: DrawingCanvas, drawing: tuple[Stroke, ...]) -> Script[None]:
        for stroke in drawing:
            canvas.add_stroke(stroke)
            yield lambda: True

    def _picture(self, stage: str) -> Script[None]:
        """Leave a picture of the window, once it has drawn what it was told."""
        if self._pictures is not None:
            yield lambda: True
            yield lambda: True
            self._pictures.mkdir(parents=True, exist_ok=True)
            path = self._pictures / f"{stage}.png"
            if not self._window.grab().save(str(path)):
                raise OSError(f"could not write {path}")
            print(f"{path}", flush=True)
