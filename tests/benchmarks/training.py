"""Time to a useful model, on Omniglot from a random start: the quick presets, and the learners side by side.

They take 25 and 15 minutes, and so are measured only where they are named: `python -m tests.benchmarks presets curves`.
"""

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from metagui.data.omniglot import import_omniglot
from metagui.data.preparation import result
from metagui.gui import display
from metagui.learn.history import read_history
from metagui.learn.training import HISTORY, LAST
from tests.benchmarks.report import heading, machine, row

CSV, PICTURE = (Path(__file__).with_name(name) for name in ("curves.csv", "curves.png"))
Curves = dict[str, list[tuple[float, float]]]  # learner: seconds of training and validation accuracy

# Preset, minutes and what is to be reached, in percent.
PROMISES = (("quick", 3, "≥ 97.5 %"), ("quick", 15, "≥ 98.7 %"), ("maml-quick", 5, "≥ 95 %"))
CURVE_MINUTES = 2
CURVES = {
    "MAML": "--learner maml --meta-batch 8 --meta-lr 0.004 --schedule cosine --validate-every 100",
    "first-order MAML": "--learner fomaml --meta-batch 8 --meta-lr 0.004 --schedule cosine --validate-every 200",
    "ANIL": "--learner anil --meta-batch 8 --meta-lr 0.004 --schedule cosine --validate-every 200",
    "Reptile": "--learner reptile --head fixed --norm support --train-shot 5 --query 1 --inner-steps 5 --inner-lr 0.1 "
    "--test-steps 10 --optimizer sgd --meta-lr 0.5 --schedule linear --meta-batch 8 --validate-every 100",
    "Proto-MAML": "--learner proto-maml --inner-lr 0.01 --meta-lr 0.003 --schedule cosine --validate-every 100",
    "ProtoNet": "--learner protonet --jitter --norm running --train-way 30 --query 5 --meta-batch 2 --meta-lr 0.008 "
    "--schedule cosine --validate-every 150",
}
_TASK = ("--way", "5", "--shot", "1", "--query", "15", "--episodes", "1000")


def measure_presets(omniglot: Path) -> Iterator[str]:
    """Lines of Markdown. `omniglot` is the folder of its archives."""
    yield from _introduced(omniglot, "to reach")
    with tempfile.TemporaryDirectory() as folder:
        for preset, minutes, target in PROMISES:
            options = f"--preset {preset} --minutes {minutes}"
            yield row(_command(options), _trained(Path(folder, f"{preset}{minutes}"), options), target)


def measure_curves(omniglot: Path) -> Iterator[str]:
    """Lines of Markdown, with the numbers and the picture beside them."""
    yield from _introduced(omniglot, "learner")
    curves: Curves = {}
    with tempfile.TemporaryDirectory() as folder:
        for learner, options in CURVES.items():
            options = f"{options} --minutes {CURVE_MINUTES} --validation-episodes 200"
            run = Path(folder, learner)
            yield row(_command(options), _trained(run, options), learner)
            curves[learner] = [
                (line["seconds"], line["validation_accuracy"])
                for line in read_history(run / HISTORY)
                if "validation_accuracy" in line
            ]
    write(curves)
    draw(curves)
    yield ""
    yield f"Validation accuracy over the time of training: [numbers]({CSV.name})."
    yield ""
    yield f"![The learners' validation accuracy over time]({PICTURE.name})"


def _introduced(omniglot: Path, last_column: str) -> Iterator[str]:
    result(import_omniglot(omniglot))
    yield machine(("torch", "numpy"))
    yield ""
    yield f"Held-out test characters, 5-way 1-shot, inductive: `metagui evaluate RUN/{LAST} {' '.join(_TASK)}`."
    yield ""
    yield heading("after", "accuracy", last_column)


def _command(options: str) -> str:
    return f"`metagui train --run RUN {options}`"


def _trained(run: Path, options: str) -> str:
    """The accuracy that `metagui evaluate` tells after a training. CalledProcessError where either fails."""
    _metagui("train", "--run", str(run), *options.split())
    return _metagui("evaluate", str(run / LAST), *_TASK).strip().rpartition(": ")[2]


def _metagui(*arguments: str) -> str:
    command = [sys.executable, "-m", "metagui", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def write(curves: Curves) -> None:
    """The curves as numbers."""
    with CSV.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", "seconds", "validation_accuracy"])
        writer.writerows([learner, *point] for learner, points in curves.items() for point in points)


def draw(curves: Curves) -> None:
    """The curves as a picture, from 50 % on."""
    display.use_offscreen_without_screen()
    from metagui.gui import theme
    from metagui.gui.application import make_application
    from metagui.gui.themed_plot import themed_plot

    application = make_application()  # noqa: F841  lives as long as the plot
    plot = themed_plot(x_label="seconds of training", y_label="validation accuracy (%)", name="accuracy over time")
    plot.resize(900, 560)
    legend = plot.plotItem.addLegend(offset=(-20, -80), labelTextColor=theme.quiet(plot.palette()))
    for colour, (learner, points) in enumerate(curves.items()):
        line = plot.add_line(colour, dots=True)
        line.setData([seconds for seconds, _ in points], [100 * accuracy for _, accuracy in points])
        legend.addItem(line, f"{learner} {100 * points[-1][1]:.1f} %")
    plot.setYRange(50, 100, padding=0)
    plot.grab().save(str(PICTURE))
