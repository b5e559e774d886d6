"""How fast the window answers: to a stroke, and while it trains."""

import dataclasses
import time
from collections.abc import Callable, Iterator

import numpy as np

from metagui.gui import display
from metagui.learn.config import TrainingConfig
from metagui.learn.presets import PRESETS
from tests.benchmarks.report import heading, machine, row
from tests.benchmarks.timing import seconds


def measure() -> Iterator[str]:
    """Lines of Markdown."""
    display.use_offscreen_without_screen()
    yield machine(("torch", "PySide6-Essentials", "pyqtgraph", "numpy"))
    yield ""
    yield heading("what", "measured", "to reach")
    yield from _answer()


def _wait(milliseconds: int) -> None:
    """Let the event loop run. Not QTest.qWait, which keeps the interpreter from other threads while it sleeps."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _answer() -> Iterator[str]:
    """From the end of a stroke to new probabilities on the screen, 5-way 5-shot, 5 inner steps."""
    from metagui.data.samples import load_samples
    from metagui.gui.application import make_application
    from metagui.gui.main_window import MainWindow

    application = make_application()  # noqa: F841  lives as long as the window
    window = MainWindow()
    window.show()
    panel = window.adaptation_panel
    samples = load_samples()
    panel.set_class_count(len(samples))
    for class_row, sample in zip(panel.rows, samples, strict=True):
        for drawing in sample.support:
            for number, stroke in enumerate(drawing):
                class_row.cells[-1 if number == 0 else -2].canvas.add_stroke(stroke)

    def settle() -> None:
        while not panel.is_settled:
            _wait(1)

    def stroke_on(canvas: Callable[[], object]) -> Callable[[], None]:
        strokes = [stroke for sample in samples for drawing in sample.query for stroke in drawing]
        waiting = iter(strokes * 100)

        def work() -> None:
            canvas().add_stroke(next(waiting))  # type: ignore[attr-defined]
            settle()

        return work

    settle()
    for name, canvas in (
        ("query", lambda: panel.query_pad.canvas),
        ("support", lambda: panel.rows[0].cells[0].canvas),
    ):
        times = 1000 * np.array(seconds(stroke_on(canvas), 30))
        yield row(
            f"end of a stroke on the {name} → new probabilities",
            f"median {np.median(times):.0f} ms, max {times.max():.0f} ms",
            "median ≤ 100 ms",
        )
    yield from _latency(window)
    window.close()


def _latency(window: object) -> Iterator[str]:
    """How late a timer of 16 ms fires on the GUI thread while training runs."""
    from PySide6.QtCore import Qt, QTimer

    from metagui.gui.main_window import MainWindow

    assert isinstance(window, MainWindow)
    panel = window.training_panel
    window.tabs.setCurrentWidget(panel)
    tried = {name: PRESETS[name] for name in ("quick", "maml-quick", "basic")}
    for name, preset in (*tried.items(), ("conv4-pool", TrainingConfig(network="conv4-pool", meta_batch=4))):
        config = dataclasses.replace(preset, data="strokes", iterations=10**6, validate_every=10**6)
        panel.form.set_config(config)
        panel.start()
        while not panel.loss_plot.points["query after"].columns.shape[1]:
            _wait(50)
        fired: list[float] = []
        timer = QTimer(window, interval=16)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda f=fired: f.append(time.perf_counter()))
        timer.start()
        _wait(15_000)
        timer.stop()
        begun = time.perf_counter()
        panel.shut_down()
        stopping = time.perf_counter() - begun
        while panel.is_running:
            _wait(10)
        late = 1000 * np.diff(fired) - 16
        yield row(
            f"lateness of a 16 ms timer while {name} trains",
            f"median {np.median(late):.1f} ms, p99 {np.percentile(late, 99):.0f} ms, max {late.max():.0f} ms",
            "p99 ≤ 50 ms, max ≤ 250 ms",
        )
        yield row(f"closing while {name} trains: saved and stopped", f"{stopping:.2f} s", "≤ 2 s")
