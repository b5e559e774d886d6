"""How fast the window answers: to a stroke, to a move of the slider, and while it trains."""

from collections.abc import Iterator

from metagui.gui import display
from tests.benchmarks.report import heading, machine


def measure() -> Iterator[str]:
    """Lines of Markdown."""
    display.use_offscreen_without_screen()
    # Only now, since what measures the engine is to hold no Qt.
    from metagui.gui.application import make_application
    from metagui.gui.main_window import MainWindow
    from tests.benchmarks import scrubbing, strokes, while_training
    from tests.benchmarks.studio import SIZE

    yield machine(("torch", "PySide6-Essentials", "pyqtgraph", "numpy"))
    yield ""
    yield (
        f"{SIZE[0]} × {SIZE[1]} pixels, maml-any, 5 inner steps; the slider moves over {scrubbing.STEPS}, with "
        f"{strokes.LANE} as a second lane and {5 * scrubbing.QUERIES} labelled queries. By events of mouse and keys, "
        "to the end of the painting."
    )
    yield ""
    yield heading("what", "measured", "to reach")
    application = make_application()  # noqa: F841  lives as long as the window
    window = MainWindow()
    window.resize(*SIZE)
    window.show()
    yield from strokes.idle(window.adaptation_panel, repeats=30)
    yield from scrubbing.views(window.adaptation_panel, rounds=3)
    yield from while_training.answers(window, repeats=30, seconds=15)
    window.close()
