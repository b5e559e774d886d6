"""`make bench`: how fast the window answers, measured, with the machine and the versions, in RESULTS.md.

Nothing here is asserted: a clock that other programs share is no test. Run it on an idle machine.
"""

import argparse
import dataclasses
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np

from metagui.data.characters import with_rotations
from metagui.data.episodes import EpisodeSampler
from metagui.data.omniglot import import_omniglot, load_omniglot
from metagui.data.preparation import result
from metagui.data.sources import load_split
from metagui.gui import display
from metagui.learn.algorithms import make_learner
from metagui.learn.config import PRESETS, TrainingConfig

RESULTS = Path(__file__).with_name("RESULTS.md")


def seconds(work: Callable[[], object], repeats: int) -> list[float]:
    """How long each of `repeats` calls takes, after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return times


def sampling() -> Iterator[tuple[str, str, str]]:
    """Drawing a meta-batch's episodes, as a share of its meta-step."""
    parts = result(load_split("strokes", "1028"))
    # As many classes as Omniglot's training part with its rotations: the share grows with them.
    characters = with_rotations(parts.train)
    many = characters.select([index % len(characters) for index in range(4112)])
    for name, config in PRESETS.items():
        sampler = EpisodeSampler(many, config.way, config.shot, config.query, seed=0)
        learner = make_learner(config)
        episodes = sampler.sample(config.meta_batch)
        drawing = np.median(seconds(lambda s=sampler, c=config: s.sample(c.meta_batch), 20))
        step = np.median(seconds(lambda a=learner, e=episodes: a.meta_gradient(e), 10))
        yield (
            f"sampling, preset {name}",
            f"{1000 * drawing:.1f} ms of a {1000 * step:.0f} ms meta-step: {100 * drawing / step:.1f} %",
            "≤ 5 %",
        )


def loading(omniglot: Path) -> Iterator[tuple[str, str, str]]:
    """Importing Omniglot once, and reading it at a later start."""
    begun = time.perf_counter()
    result(import_omniglot(omniglot))
    yield "import of Omniglot's archives", f"{time.perf_counter() - begun:.1f} s", "–"
    times = seconds(lambda: load_omniglot().images.sum(), 5)
    yield "load of the imported set, every byte touched", f"{1000 * np.median(times):.0f} ms", "< 300 ms"


def wait(milliseconds: int) -> None:
    """Let the event loop run. Not QTest.qWait, which keeps the interpreter from other threads while it sleeps."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def answer() -> Iterator[tuple[str, str, str]]:
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
    for row, sample in zip(panel.rows, samples, strict=True):
        for drawing in sample.support:
            for number, stroke in enumerate(drawing):
                row.cells[-1 if number == 0 else -2].canvas.add_stroke(stroke)

    def settle() -> None:
        while not panel.is_settled:
            wait(1)

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
        yield (
            f"end of a stroke on the {name} → new probabilities",
            f"median {np.median(times):.0f} ms, max {times.max():.0f} ms",
            "median ≤ 100 ms",
        )
    yield from _latency(window)
    window.close()


def _latency(window: object) -> Iterator[tuple[str, str, str]]:
    """How late a timer of 16 ms fires on the GUI thread while training runs."""
    from PySide6.QtCore import Qt, QTimer

    from metagui.gui.main_window import MainWindow

    assert isinstance(window, MainWindow)
    panel = window.training_panel
    window.tabs.setCurrentWidget(panel)
    for name, preset in (*PRESETS.items(), ("conv4-pool", TrainingConfig(network="conv4-pool", meta_batch=4))):
        config = dataclasses.replace(preset, data="strokes", iterations=10**6, validate_every=10**6)
        panel.form.set_config(config)
        panel.start()
        while not panel.loss_plot.points["query after"].columns.shape[1]:
            wait(50)
        fired: list[float] = []
        timer = QTimer(window, interval=16)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda f=fired: f.append(time.perf_counter()))
        timer.start()
        wait(15_000)
        timer.stop()
        begun = time.perf_counter()
        panel.shut_down()
        stopping = time.perf_counter() - begun
        while panel.is_running:
            wait(10)
        late = 1000 * np.diff(fired) - 16
        yield (
            f"lateness of a 16 ms timer while {name} trains",
            f"median {np.median(late):.1f} ms, p99 {np.percentile(late, 99):.0f} ms, max {late.max():.0f} ms",
            "p99 ≤ 50 ms, max ≤ 250 ms",
        )
        yield f"closing while {name} trains: saved and stopped", f"{stopping:.2f} s", "≤ 2 s"


def machine() -> str:
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "PySide6-Essentials", "pyqtgraph", "numpy"))
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}, {versions}"


def benchmark() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    beside = Path(__file__).parents[3] / "shared" / "omniglot"
    parser.add_argument("--omniglot", type=Path, default=os.environ.get("METAGUI_OMNIGLOT", beside),
                        help="the folder of Omniglot's archives; left out where it is missing")  # fmt: skip
    arguments = parser.parse_args()
    display.use_offscreen_without_screen()
    with tempfile.TemporaryDirectory() as home:
        os.environ["METAGUI_HOME"] = home
        measured = []
        for row in chain(sampling(), loading(arguments.omniglot) if arguments.omniglot.is_dir() else (), answer()):
            print(" | ".join(row), flush=True)
            measured.append(row)
    lines = ["# Measured by `make bench`", "", f"{time.strftime('%Y-%m-%d')}: {machine()}.", ""]
    lines += ["| what | measured | to reach |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {target} |" for what, figure, target in measured]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(benchmark())
