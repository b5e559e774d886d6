"""Its formulas are tried beside those of `plain_normalisation`."""

import re

import pytest
import torch
from numba import njit

from metagui.learn import fused_normalisation, plain_normalisation
from tests.learn.test_convolution import random
from tests.learn.test_plain_normalisation import SCALE, SHIFT, Z


def test_single_precision_is_as_near_to_the_truth_as_torchs_own():
    truth = plain_normalisation.normalised(Z, SCALE, SHIFT)
    fused, plain = (
        formulas.normalised(Z.float(), SCALE.float(), SHIFT.float())
        for formulas in (fused_normalisation, plain_normalisation)
    )
    for exact, ours, theirs in zip(truth, fused, plain, strict=True):
        assert ours.dtype == torch.float32
        assert float((ours - exact).abs().max()) <= 2 * float((theirs - exact).abs().max()) + 1e-7


def test_sums_of_many_rows_keep_their_digits():
    z = 1000 + torch.randn(1, 100_000, 2, generator=torch.Generator().manual_seed(0))
    ones, zeros = torch.ones(1, 2), torch.zeros(1, 2)
    _, mean, inverse = fused_normalisation.normalised(z, ones, zeros)
    torch.testing.assert_close(mean.double(), z.double().mean(1), rtol=1e-7, atol=0)
    torch.testing.assert_close(inverse.double(), z.double().std(1).reciprocal(), rtol=1e-4, atol=0)


def test_what_is_no_number_stays_so():
    z = Z.clone()
    z[0, 3, 1] = float("nan")
    h, *_ = fused_normalisation.normalised(z, SCALE, SHIFT)
    assert h[0, :, 1].isnan().all()
    assert h[1].isfinite().all()


@pytest.mark.parametrize("tasks", [1, 3])
def test_tasks_or_channels_are_shared_out_among_threads(tasks, monkeypatch, torch_threads):
    monkeypatch.setattr(fused_normalisation, "_WORTH_THREADS", 0)
    z, u, g = (random(tasks, 70, 40, seed=seed) for seed in range(3))
    scale, shift, to_scale, to_shift = random(4, tasks, 40)

    def results() -> list[torch.Tensor]:
        h, mean, inverse = fused_normalisation.normalised(z, scale, shift)
        first = fused_normalisation.first_derivative(g, z, scale, h, mean, inverse)
        second = fused_normalisation.second_derivative(
            u, to_scale, to_shift, g, z, scale, h, mean, inverse, first[1], first[2]
        )
        return [h, mean, inverse, *first, *second]

    alone = results()
    torch_threads(2)
    for one, other in zip(alone, results(), strict=True):
        assert torch.equal(one, other)


def test_the_loops_are_made_of_vectors():
    """Nothing else shows that they are not but the time, ten times as long."""
    z, scale = random(2, 70, 16).float(), random(2, 16).float()
    h, mean, inverse = fused_normalisation.normalised(z, scale, scale)
    _, *sums = fused_normalisation.first_derivative(z, z, scale, h, mean, inverse)
    fused_normalisation.second_derivative(z, scale, scale, z, z, scale, h, mean, inverse, *sums)
    for name in ("_normalise", "_differentiate", "_differentiate_again"):
        loop = getattr(fused_normalisation, name)
        (signature,) = [one for one in loop.signatures if "float32" in str(one)]
        anew = njit(nogil=True, error_model="numpy")(loop.py_func)  # what is kept on disk has no code to be read
        anew.compile(signature)
        code = anew.inspect_llvm(signature)
        vectors, singles = (
            len(re.findall(rf" f(?:add|sub|mul) [^%\n]*{of} %", code)) for of in (r"<\d+ x float>", "float")
        )
        assert 2 * vectors >= singles, name  # seen: one to four times as many, and else a seventh
