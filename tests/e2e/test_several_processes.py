"""`torchrun … -m metagui train`: one run by two processes, as a user starts, stops and loses them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import metagui
from metagui.__main__ import main
from metagui.data.characters import with_rotations
from metagui.data.episodes import EpisodeSampler
from metagui.data.preparation import result
from metagui.data.sources import load_split
from metagui.data.strokes import make_strokes
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.history import read_history
from metagui.learn.training import BEST, HISTORY, LAST
from tests.conftest import save_as_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="torchrun's signals are those of POSIX")
SMALL = ("--way", "3", "--query", "2", "--meta-batch", "8", "--validate-every", "20", "--validation-episodes", "5")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Procedural characters as an image folder."""
    return save_as_folder(make_strokes(30, drawers=3), tmp_path_factory.mktemp("images"))


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    command += ["metagui", "train", *map(str, arguments), *SMALL]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def begun(folder: Path, images: Path) -> subprocess.Popen[str]:
    """A long run that has done ten iterations, before its first save."""
    program = start("--folder", folder, "--data", images, "--iterations", 100_000, "--validate-every", 100_000)
    assert program.stdout is not None
    assert program.stdout.readline().startswith("iteration 10:")
    return program


def own_lines(error: str) -> list[str]:
    """What is not torchrun's."""
    assert str(Path(metagui.__file__).parent) not in error, "a traceback of ours"
    return [line for line in error.splitlines() if line.startswith(("metagui: ", "Stopped"))]


def process(program: subprocess.Popen[str], rank: int) -> int:
    """The id of the run's process of this rank."""
    for child in Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split():
        if f"RANK={rank}" in Path(f"/proc/{child}/environ").read_text().split("\0"):
            return int(child)
    raise AssertionError(f"torchrun has no process of rank {rank}")


def greatest_difference(one: Checkpoint, other: Checkpoint) -> float:
    return max(float((one.weights[name] - other.weights[name]).abs().max()) for name in one.weights)


def test_two_processes_train_what_one_does_and_one_of_them_writes(images, tmp_path, capsys):
    run, alone = tmp_path / "run", tmp_path / "alone"
    program = start("--folder", run, "--data", images, "--iterations", 20)
    output, error = program.communicate(timeout=120)
    assert program.returncode == 0, error
    assert main(["train", "--run", str(alone), "--data", str(images), "--iterations", "20", *SMALL]) == 0
    expected = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in output.splitlines()] == [line.split(":")[0] for line in expected]
    for name in (LAST, BEST):
        assert greatest_difference(load_checkpoint(run / name), load_checkpoint(alone / name)) <= 1e-5
    assert load_checkpoint(run / LAST).figures == load_checkpoint(alone / LAST).figures
    assert sorted(file.name for file in run.iterdir()) == sorted(file.name for file in alone.iterdir())
    assert [row["iteration"] for row in read_history(run / HISTORY)] == [*range(1, 21), 20]


def test_ctrl_c_saves_what_one_process_goes_on_with(images, tmp_path):
    program = begun(tmp_path, images)
    program.send_signal(signal.SIGINT)
    _, error = program.communicate(timeout=60)
    assert own_lines(error) == [f"Stopped and saved in {tmp_path}; go on with --resume."]
    stopped = load_checkpoint(tmp_path / LAST).iteration
    assert stopped >= 10
    assert main(["train", "--run", str(tmp_path), "--resume", "--iterations", str(stopped + 2)]) == 0
    rows = read_history(tmp_path / HISTORY)
    assert [row["iteration"] for row in rows if "query_loss" in row] == [*range(1, stopped + 3)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the processes of a rank are found in /proc")
@pytest.mark.parametrize("lost", [0, 1])  # the one that writes, and another
def test_a_lost_process_ends_the_run_with_a_message_and_a_checkpoint(images, tmp_path, lost):
    program = begun(tmp_path, images)
    os.kill(process(program, lost), signal.SIGKILL)
    _, error = program.communicate(timeout=60)
    assert program.returncode != 0
    (line,) = own_lines(error)
    checkpoint = load_checkpoint(tmp_path / LAST)
    iteration = checkpoint.iteration
    assert iteration >= 10
    # The step that was cut short had drawn its tasks: resumed, the run draws them again.
    parts = result(load_split(str(images), "1028"))
    sampler = EpisodeSampler(with_rotations(parts.train), way=3, shot=1, query=2, seed=0)
    for _ in range(iteration):
        sampler.sample(8)
    assert torch.equal(checkpoint.state["generator.episodes"], sampler.generator.get_state())
    assert line == (
        f"metagui: A process of this run was lost at iteration {iteration + 1}; the iterations before are saved in "
        f"{tmp_path}: go on with --resume."
    )
    assert main(["train", "--run", str(tmp_path), "--resume", "--iterations", str(iteration + 1)]) == 0
