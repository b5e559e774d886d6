import torch

from metagui.learn.movement import Origin

LAYERS = {"block 1": ("kernel0", "shift0"), "block 2": ("kernel1",), "head": ("head.weight",)}
START = {
    "kernel0": torch.tensor([[[3.0, 0.0]], [[0.0, 1.0]]]),
    "shift0": torch.tensor([[4.0], [0.0]]),
    "head.weight": torch.zeros(2, 1, 2),
}
NOW = {
    "kernel0": START["kernel0"] + torch.tensor([[[2.0, 0.0]], [[0.0, 0.0]]]),
    "shift0": START["shift0"] + torch.tensor([[1.0], [5.0]]),
    "kernel1": torch.ones(2, 2),
    "head.weight": torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]]]),
}


def test_by_hand() -> None:
    movements = Origin(START).movements(LAYERS, NOW)
    assert movements["block 2"] is None  # it is not of what the inner steps move
    assert [movement and movement.start.tolist() for movement in movements.values()] == [[5, 1], None, [0, 0]]
    torch.testing.assert_close(movements["block 1"].distance, torch.tensor([5**0.5, 5.0]))
    assert movements["head"].distance.tolist() == [5, 0]


def test_some_of_the_tasks() -> None:
    second = slice(1, 2)
    movements = Origin(START)[second].movements(LAYERS, {name: value[second] for name, value in NOW.items()})
    assert movements["block 1"].distance.tolist() == [5]
    assert movements["block 1"].start.tolist() == [1]


def test_where_nothing_moves_all_is_frozen() -> None:
    assert Origin({}).names == []
    assert list(Origin({}).movements(LAYERS, NOW).values()) == [None] * 3
