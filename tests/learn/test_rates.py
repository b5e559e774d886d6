import torch

from metagui.learn.rates import FixedRate, ParameterRates, StepRates


def test_one_rate_for_all():
    assert FixedRate(0.3)("kernel0", 7) == 0.3


def test_a_rate_for_each_element():
    rates = ParameterRates(0.1, {"kernel0": torch.Size([9, 4]), "head.weight": torch.Size([5])})
    assert rates("kernel0", 2).shape == (9, 4)
    assert torch.equal(rates("head.weight", 0), torch.full((5,), 0.1))
    assert len(list(rates.parameters())) == 2


def test_a_rate_for_each_layer_and_step_and_the_last_for_later_ones():
    rates = StepRates(0.1, ["kernel0", "head.bias"], steps=3)
    with torch.no_grad():
        rates("kernel0", 2).fill_(0.5)
    kept = torch.stack([rates("kernel0", step) for step in (0, 2, 9)])
    assert torch.equal(kept, torch.tensor([0.1, 0.5, 0.5]))
    assert torch.equal(rates("head.bias", 9), torch.tensor(0.1))
