"""How fast the window answers while it trains in its other panel, and how fast it stops that."""

import dataclasses
import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt, QTimer

from metagui.gui.main_window import MainWindow
from metagui.learn.config import TrainingConfig
from metagui.learn.presets import PRESETS
from tests.benchmarks import strokes
from tests.benchmarks.report import row
from tests.benchmarks.studio import wait

_TIMER = 16  # ms: a frame
TRIED = {
    **{name: PRESETS[name] for name in ("quick", "maml-quick", "basic")},
    "conv4-pool": TrainingConfig(network="conv4-pool", meta_batch=4),
}
_DRAWN_BESIDE = ("quick", "maml-quick")


def answers(window: MainWindow, repeats: int, seconds: float) -> Iterator[str]:
    """Rows of the table: while each of several configurations trains. `seconds` is how long a timer is watched."""
    panel = window.training_panel
    for name, preset in TRIED.items():
        window.tabs.setCurrentWidget(panel)
        panel.form.set_config(dataclasses.replace(preset, data="strokes", iterations=10**6, validate_every=10**6))
        panel.start()
        while not panel.loss_plot.points["query after"].columns.shape[1]:
            wait(50)
        yield _lateness(window, name, seconds)
        if name in _DRAWN_BESIDE:
            window.tabs.setCurrentWidget(window.adaptation_panel)
            yield from strokes.beside_training(window.adaptation_panel, name, repeats)
        begun = time.perf_counter()
        panel.shut_down()
        stopping = time.perf_counter() - begun
        while panel.is_running:
            wait(10)
        yield row(f"closing while {name} trains: saved and stopped", f"{stopping:.2f} s", "≤ 2 s")


def _lateness(window: MainWindow, name: str, seconds: float) -> str:
    """How late a timer fires on the GUI thread."""
    fired: list[float] = []
    timer = QTimer(window, interval=_TIMER)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: fired.append(time.perf_counter()))
    timer.start()
    while len(fired) < 2:
        wait(round(1000 * seconds))
    timer.stop()
    late = 1000 * np.diff(fired) - _TIMER
    return row(
        f"lateness of a {_TIMER} ms timer while {name} trains",
        f"median {np.median(late):.1f} ms, p99 {np.percentile(late, 99):.0f} ms, max {late.max():.0f} ms",
        "p99 ≤ 50 ms, max ≤ 250 ms",
    )
