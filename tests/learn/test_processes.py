"""Two real processes, started once by torchrun: `group_member` is what they do, and the tests read what they saw."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from metagui.data.strokes import make_strokes
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.events import Validated
from metagui.learn.processes import join
from metagui.learn.training import LAST, train
from tests.conftest import save_as_folder
from tests.learn.group_member import MORE, UNEVEN, small_parts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("group")
    save_as_folder(make_strokes(24, drawers=3), folder / "images")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "tests.learn.group_member", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> list[dict[str, Any]]:
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in (0, 1)]


def test_tasks_are_shared_out_and_one_process_writes(seen):
    assert [one["size"] for one in seen] == [2, 2]
    assert [one["share"] for one in seen] == [[[0, 2], [0, 0]], [[2, 5], [0, 1]]]
    assert [one["writes"] for one in seen] == [True, False]


def test_each_process_has_a_gpu_of_its_own(seen):
    assert [one["devices"][:2] for one in seen] == [["cuda:0", "cpu"], ["cuda:1", "cpu"]]
    assert "choose the device cuda, not cuda:1" in seen[0]["devices"][2]


def test_what_the_first_has_all_have(seen):
    assert [one["first"] for one in seen] == [{"rank": 0}] * 2


def test_what_one_refuses_all_refuse(seen):
    assert [one["refused by the first"] for one in seen] == ["refused by the first"] * 2
    assert [one["refused by the second"] for one in seen] == ["refused by 1"] * 2


def test_sums_and_the_clock_are_the_same_in_all(seen):
    assert [one["sum"] for one in seen] == [[2.0, 1.0]] * 2
    assert seen[0]["lap"] == seen[1]["lap"] > 0
    assert seen[0]["trained"]["seconds"] == seen[1]["trained"]["seconds"]


def test_averages_are_weighed_by_the_tasks(seen):
    # Shares of ¼ and ¾; a gradient that is missing is zero.
    for averages in (one["averages"] for one in seen):
        assert averages["begun"] == {
            "one": [[1.0, 1.0], [1.0, 1.0]],
            "other": [1.0] * 3,
            "running": [1.0] * 2,
            "count": 1,
        }
        assert averages["gradients"] == [[[3.0, 3.0], [3.0, 3.0]], [6.0] * 3]
        assert averages["running"] == [3.0, 3.0]
        assert averages["figures"] == [0.25, 3.0]


def test_a_wish_to_stop_is_heard_by_all_at_once(seen):
    assert [one["stops"] for one in seen] == [[False, False, True]] * 2


def test_a_step_is_one_reduction(seen):
    for trained in (one["trained"] for one in seen):
        assert trained["validations"] == 4  # two, of a first episode and the others
        assert trained["reductions"] == UNEVEN.iterations + trained["validations"]


def test_uneven_shares_and_a_resumed_run_give_what_one_process_does(seen, folder, tmp_path):
    events = list(train(replace(UNEVEN, iterations=MORE), small_parts(), tmp_path))
    alone, shared = load_checkpoint(tmp_path / LAST), load_checkpoint(folder / "run" / LAST)
    for name, value in alone.weights.items():
        torch.testing.assert_close(shared.weights[name], value, rtol=0, atol=1e-5)
    assert torch.equal(shared.state["generator.episodes"], alone.state["generator.episodes"])
    assert [one["trained"]["resumed"] for one in seen] == [[5, 6]] * 2
    accuracies = [event.evaluation.accuracy for event in events if isinstance(event, Validated)]
    assert [one["trained"]["accuracies"] for one in seen] == [accuracies] * 2


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("over", "give it more"),
        ("again", "holds a run already"),
        ("no checkpoint", "There is no checkpoint"),
        ("too few tasks", "2 processes cannot share a meta-batch of 1"),
        ("other data", "Process 1 has other data"),
    ],
)
def test_all_refuse_what_cannot_be_trained(seen, what, message):
    assert message in seen[0]["trained"][what]
    assert seen[1]["trained"][what] == seen[0]["trained"][what]


def test_what_both_refuse_is_said_once(seen, folder):
    message = f"metagui: {folder / 'run'} holds a run already: resume it, or choose another folder.\n"
    assert [one["command"] for one in seen] == [[2, "", message], [2, "", ""]]


def test_without_torchrun_a_process_is_alone():
    group = join()
    assert (group.size, group.writes, group.share(3)) == (1, True, slice(0, 3))
    assert not torch.distributed.is_initialized()
    group.wish_stop(2)
    assert group.stops
    assert not join().stops
