import pytest
import torch

from metagui.learn.network import ARCHITECTURES
from tests.learn.conftest import make_network


@pytest.mark.parametrize(
    ("architecture", "features"), [("conv4-stride", 64 * 2 * 2), ("conv4-pool", 64), ("conv2", 64 * 7 * 7)]
)
def test_features_are_as_many_as_said(episodes, architecture, features):
    network = make_network(architecture)
    support = network.patches(episodes.support)
    encoded, _ = network.encode(network.copies(2), support)
    assert encoded.shape == (2, 6, features)
    assert network.features == features


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_seed_alone_decides_the_weights(architecture):
    torch.manual_seed(1)
    one = make_network(architecture, head="fixed", seed=5).state_dict()
    torch.manual_seed(2)
    other = make_network(architecture, head="fixed", seed=5).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    different = make_network(architecture, head="fixed", seed=6).state_dict()
    assert not torch.equal(one["encoder.kernel1"], different["encoder.kernel1"])
    assert not torch.equal(one["head.weight"], different["head.weight"])


def test_making_a_network_leaves_torchs_own_generator_as_it_is():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    make_network(head="fixed")
    assert torch.equal(torch.random.get_rng_state(), before)
