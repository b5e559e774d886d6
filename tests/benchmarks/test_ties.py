from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from metagui.learn.config import TrainingConfig
from tests.benchmarks.cases import sample
from tests.benchmarks.ties import NearestTie, without_ties


def test_the_input_of_relu_that_is_nearest_to_zero_is_found():
    with NearestTie() as ties:
        values = F.relu(torch.tensor([3.0, -0.25, 1.0]))
        F.relu(torch.tensor([-2.0, 0.5]))
    assert torch.equal(values, torch.tensor([3.0, 0.0, 1.0]))
    assert ties.distance == 0.25


def test_tasks_with_a_tie_are_left_out_and_the_others_averaged():
    candidates = sample(TrainingConfig(data="strokes", way=2, shot=1, query=1, meta_batch=4))
    numbers = torch.tensor([2.0, 1e-9, 4.0, 8.0]).view(4, 1, 1, 1, 1).expand_as(candidates.support)
    candidates = replace(candidates, support=numbers)

    def exact(task):
        value = float(F.relu(task.support).max())
        return value, [torch.tensor([value, 1.0])]

    episodes, (loss, gradients) = without_ties(candidates, 2, exact)
    assert episodes.support[:, 0, 0, 0, 0].tolist() == [2, 4]
    assert torch.equal(episodes.query, candidates.query[[0, 2]])
    assert loss == 3
    assert torch.equal(gradients[0], torch.tensor([3.0, 1.0]))
    with pytest.raises(ValueError, match="3 of 4"):
        without_ties(candidates, 4, exact)
