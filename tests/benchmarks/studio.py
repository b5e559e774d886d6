"""The window in a known state, and a way to wait until it has shown what it was asked for."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from metagui.data.glyph import FRAME, Stroke
from metagui.data.samples import Sample, load_samples
from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.session import Session
from metagui.learn.shipped import DEFAULT, shipped

SIZE = (1600, 1000)  # of the window, in pixels
_QUARTERS = 4  # a character turned by 90° is another class


def wait(milliseconds: int) -> None:
    """Let the event loop run. Not QTest.qWait, which keeps the interpreter from other threads while it sleeps."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def paint() -> None:
    """Do all that is due now, the painting of what has changed included."""
    QCoreApplication.sendPostedEvents(None, 0)


def show_probabilities(panel: AdaptationPanel) -> None:
    """Wait until the bars with the panel's own network's complete answer to what is drawn are on the screen."""
    while (answer := panel.answer) is None or not answer.is_complete or answer.request.task is not panel.task:
        wait(1)
    paint()


def show_answers(panel: AdaptationPanel) -> None:
    """Wait until the answers to what is drawn, of all lanes and in all views, are on the screen."""
    while not panel.is_settled:
        wait(1)
    paint()


def network(name: str) -> Checkpoint:
    """One of those that come with the program."""
    return load_checkpoint(next(card.path for card in shipped() if card.name == name))


def sample_task(way: int, queries: int = 1) -> Task:
    """The samples as classes of five drawings; more than five classes are the samples turned by 90°.

    With so many queries of each class, whose class is known, the first of them on show.
    """
    samples = [_turned(sample, quarters) for quarters in range(_QUARTERS) for sample in load_samples()][:way]
    classes = tuple(
        DrawnClass(f"{sample.name} {number}", tuple(map(Sketch, sample.support)))
        for number, sample in enumerate(samples, 1)
    )
    labelled = [Query(Sketch(drawing), row) for row, one in enumerate(samples) for drawing in one.query[:queries]]
    return Task(classes, tuple(labelled))


def session(way: int, lanes: Sequence[str] = (), queries: int = 1, steps: int = 5) -> Session:
    """This task with the default network, and these networks as further lanes."""
    return Session(sample_task(way, queries), network(DEFAULT), tuple(map(network, lanes)), steps=steps)


def _turned(sample: Sample, quarters: int) -> Sample:
    def turn(stroke: Stroke) -> Stroke:
        turned = stroke.copy()
        for _ in range(quarters):
            turned[:, :2] = np.stack([FRAME - 1 - turned[:, 1], turned[:, 0]], axis=1)
        return turned

    support, query = (tuple(tuple(map(turn, one)) for one in part) for part in (sample.support, sample.query))
    return Sample(sample.name, support, query)
