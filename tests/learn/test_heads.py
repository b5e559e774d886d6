import pytest
import torch

from metagui.data.errors import InputError
from metagui.learn.heads import CosineHead, FixedHead, PrototypeHead, SharedHead

LABELS = torch.tensor([[0, 1, 0, 1, 2], [2, 1, 0, 0, 1]])


def features() -> torch.Tensor:
    return torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0))


def test_prototype_logits_are_distances_to_class_means():
    weight, bias = PrototypeHead(7, 3, torch.Generator()).start(features, LABELS, 3)
    query = torch.randn(2, 4, 7, generator=torch.Generator().manual_seed(1))
    logits = query @ weight.mT + bias[:, None]
    for task in range(2):
        means = torch.stack([features()[task, LABELS[task] == label].mean(0) for label in range(3)])
        distances = torch.cdist(query[task], means) ** 2
        torch.testing.assert_close(logits[task].softmax(-1), (-distances).softmax(-1))


def test_a_shared_head_starts_all_classes_alike_and_asks_for_no_features():
    head = SharedHead(7, 3, torch.Generator())
    torch.nn.init.normal_(head.weight)
    weight, bias = head.start(lambda: pytest.fail("not needed"), LABELS, 6)
    assert weight.shape == (2, 6, 7)
    assert torch.equal(weight[1, 5], head.weight)
    assert not bias.any()


def test_a_cosine_head_sees_a_direction_from_its_centre_and_no_length():
    head = CosineHead(7, 3, torch.Generator())
    torch.nn.init.normal_(head.centre)
    seen = head.seen(features())
    torch.testing.assert_close(seen.norm(dim=-1), torch.full((2, 5), 8.0))
    torch.testing.assert_close(head.seen(head.centre + 3 * (features() - head.centre)), seen)
    cosine = torch.cosine_similarity(features()[0, 0] - head.centre, features()[0, 1] - head.centre, dim=0)
    torch.testing.assert_close(seen[0, 0] @ seen[0, 1] / 64, cosine)


def test_a_cosine_head_has_derivatives_where_a_feature_lies_at_its_centre():
    head = CosineHead(7, 3, torch.Generator())
    at_centre = torch.zeros(1, 1, 7, requires_grad=True)
    (gradient,) = torch.autograd.grad(head.seen(at_centre).sum(), at_centre, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), at_centre)
    assert torch.isfinite(gradient).all()
    assert torch.isfinite(second).all()


def test_a_fixed_head_serves_its_own_number_of_classes():
    head = FixedHead(7, 3, torch.Generator())
    weight, bias = head.start(features, LABELS, 3)
    assert torch.equal(weight[1], head.weight)
    assert torch.equal(bias[1], head.bias)
    with pytest.raises(InputError, match="exactly 3 classes, not 4"):
        head.start(features, LABELS, 4)
