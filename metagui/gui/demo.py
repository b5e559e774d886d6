"""The program shows itself: the window is driven through the main job, from an untrained network to a named drawing."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from metagui.data.glyph import Stroke
from metagui.data.samples import Sample, load_samples
from metagui.gui.drawing_canvas import DrawingCanvas
from metagui.gui.main_window import MainWindow
from metagui.learn.config import TrainingConfig

_TICK = 25  # ms between two strokes
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
        """Show the queries one after the other; how many were named right, of how many."""
        panel = self._window.adaptation_panel
        right = total = 0
        for index in range(max(len(sample.query) for sample in samples)):
            for sample in samples:
                if index < len(sample.query):
                    yield from self._draw(panel.query_pad.canvas, sample.query[index])
                    yield lambda: panel.is_settled
                    total += 1
                    right += panel.winner == sample.name
                    if total == 1:
                        yield from self._picture("adaptation")
        return right, total

    def _draw(self, canvas: DrawingCanvas, drawing: tuple[Stroke, ...]) -> Script[None]:
        canvas.clear()
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
