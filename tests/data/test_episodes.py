"""Episodes are what a few-shot task must be, whatever the set they are drawn from."""

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from metagui.data.characters import CharacterSet
from metagui.data.episodes import Episodes, EpisodeSampler
from metagui.data.errors import InputError


def characters_of(counts: list[int]) -> CharacterSet:
    """Every image says which it is: its first pixel is its character, the second its number in it, plus one each."""
    images = torch.zeros(sum(counts), 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = 1 + torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    images[:, 0, 1] = 1 + torch.cat([torch.arange(count) for count in counts])
    return CharacterSet(images, torch.tensor(counts), tuple(map(str, range(len(counts)))))


def identity(images: Tensor) -> tuple[Tensor, Tensor]:
    """(…, 1, 28, 28) → character and number of each image."""
    marks = images[..., 0, 0, :2].mul(255).round().long() - 1
    return marks[..., 0], marks[..., 1]


@st.composite
def tasks(draw: st.DrawFn) -> tuple[list[int], int, int, int]:
    """Ragged counts with a way, a shot and a number of queries that they can serve."""
    shot, query = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    enough = draw(st.lists(st.integers(shot + query, 12), min_size=1, max_size=12))
    few = draw(st.lists(st.integers(1, shot + query - 1), max_size=6))
    return draw(st.permutations(enough + few)), draw(st.integers(1, len(enough))), shot, query


@settings(deadline=None, max_examples=150)
@given(tasks(), st.integers(1, 4), st.integers(0, 2**32))
def test_every_episode_is_a_proper_task(task: tuple[list[int], int, int, int], number: int, seed: int):
    counts, way, shot, query = task
    episodes = EpisodeSampler(characters_of(counts), way, shot, query, seed).sample(number)

    assert len(episodes) == number
    assert episodes.support.shape == (number, way * shot, 1, 28, 28)
    assert episodes.query.shape == (number, way * query, 1, 28, 28)
    assert episodes.support.dtype == episodes.query.dtype == torch.float32
    assert episodes.support.min() >= 0
    assert episodes.support.max() <= 1
    assert episodes.support_labels.dtype == episodes.query_labels.dtype == torch.int64

    for one in range(number):
        labels = torch.cat([episodes.support_labels[one], episodes.query_labels[one]])
        characters, numbers = identity(torch.cat([episodes.support[one], episodes.query[one]]))
        assert episodes.support_labels[one].bincount().tolist() == [shot] * way
        assert episodes.query_labels[one].bincount().tolist() == [query] * way
        # Every label is one character, and every character has one label.
        pairs = set(zip(labels.tolist(), characters.tolist(), strict=True))
        assert len(pairs) == len({label for label, _ in pairs}) == len({character for _, character in pairs}) == way
        # No image is there twice, least of all in support and query; and all of them exist.
        assert len(set(zip(characters.tolist(), numbers.tolist(), strict=True))) == way * (shot + query)
        assert all(counts[character] > image for character, image in zip(characters, numbers, strict=True))


@settings(deadline=None, max_examples=25)
@given(tasks(), st.integers(0, 2**32))
def test_a_seed_gives_the_same_episodes_in_any_portions_of_a_resumed_run(
    task: tuple[list[int], int, int, int], seed: int
):
    counts, way, shot, query = task
    whole = EpisodeSampler(characters_of(counts), way, shot, query, seed)
    first, second = whole.sample(3), whole.sample(3)

    interrupted = EpisodeSampler(characters_of(counts), way, shot, query, seed)
    assert torch.equal(interrupted.sample(3).support, first.support)
    state = interrupted.generator.get_state()
    resumed = EpisodeSampler(characters_of(counts), way, shot, query, seed + 1)
    resumed.generator.set_state(state)
    again = resumed.sample(3)
    assert torch.equal(again.support, second.support)
    assert torch.equal(again.query, second.query)


@settings(deadline=None, max_examples=50)
@given(tasks(), st.integers(0, 2**32))
def test_mixed_shots_stay_within_the_shot(task: tuple[list[int], int, int, int], seed: int):
    counts, way, shot, query = task
    sampler = EpisodeSampler(characters_of(counts), way, shot, query, seed, mixed_shots=True)
    for _ in range(5):
        episodes = sampler.sample(2)
        kinds = [labels.bincount().tolist() for labels in (*episodes.support_labels, *episodes.query_labels)]
        assert kinds[0] == kinds[1] == [kinds[0][0]] * way
        assert 1 <= kinds[0][0] <= shot
        assert kinds[2] == kinds[3] == [query] * way
        assert episodes.support.shape[1] == sum(kinds[0])


def test_mixed_shots_are_drawn_evenly():
    sampler = EpisodeSampler(characters_of([4] * 5), 5, 3, 1, seed=0, mixed_shots=True)
    shots = Counter(sampler.sample(1).support.shape[1] // 5 for _ in range(600))
    assert sorted(shots) == [1, 2, 3]
    assert list(shots.values()) == pytest.approx([200] * 3, abs=50)


def test_other_seeds_and_later_episodes_differ():
    def sampler(seed: int) -> EpisodeSampler:
        return EpisodeSampler(characters_of([20] * 50), 5, 1, 1, seed)

    first, later = (sampler(0).sample(8), sampler(1).sample(8))
    assert not torch.equal(first.support, later.support)
    same = sampler(0)
    assert not torch.equal(same.sample(8).support, same.sample(8).support)


def test_sampling_neither_uses_nor_moves_torchs_own_generator():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    sampler = EpisodeSampler(characters_of([4] * 9), 5, 1, 1, 0)
    first = sampler.sample(2).support
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    assert torch.equal(EpisodeSampler(characters_of([4] * 9), 5, 1, 1, 0).sample(2).support, first)


def test_every_character_label_and_image_is_equally_likely():
    counts = [2, 3, 5, 9, 1, 5]  # the one with a single image cannot serve
    episodes = EpisodeSampler(characters_of(counts), 3, 1, 1, seed=0).sample(10_000)
    characters, numbers = identity(episodes.support)

    def shares(values: Tensor, kinds: int) -> list[float]:
        return (values.flatten().bincount(minlength=kinds) / values.numel()).tolist()

    assert shares(characters, 6) == pytest.approx([0.2, 0.2, 0.2, 0.2, 0, 0.2], abs=0.01)
    for label in range(3):
        assert shares(characters[:, label], 6) == pytest.approx([0.2, 0.2, 0.2, 0.2, 0, 0.2], abs=0.015)
    for character, count in enumerate(counts):
        if count > 1:
            assert shares(numbers[characters == character], count) == pytest.approx([1 / count] * count, abs=0.03)


def test_support_and_query_have_the_same_chances():
    """A parity or an order that told the two sides apart would show in which images are where."""
    episodes = EpisodeSampler(characters_of([6] * 5), 5, 3, 3, seed=0).sample(2000)
    for side in (episodes.support, episodes.query):
        _, numbers = identity(side)
        assert (numbers.flatten().bincount() / numbers.numel()).tolist() == pytest.approx([1 / 6] * 6, abs=0.01)


def test_a_whole_set_can_be_one_task():
    episodes = EpisodeSampler(characters_of([3, 3]), 2, 2, 1, seed=0).sample(1)
    characters, numbers = identity(torch.cat([episodes.support[0], episodes.query[0]]))
    assert sorted(zip(characters.tolist(), numbers.tolist(), strict=True)) == [
        (c, n) for c in range(2) for n in range(3)
    ]


@pytest.mark.parametrize(("way", "shot", "query"), [(0, 1, 1), (5, 0, 1), (5, 1, 0), (-1, 1, 1)])
def test_numbers_below_one_are_refused(way: int, shot: int, query: int):
    with pytest.raises(InputError, match=f"at least 1, not {way}, {shot} and {query}"):
        EpisodeSampler(characters_of([5] * 5), way, shot, query, 0)


@pytest.mark.parametrize(
    ("counts", "way", "shot", "query", "missing"),
    [
        ([5] * 4, 5, 1, 1, r"need 5 characters .* at least 2 images each; there are 4 such among 4"),
        ([5, 5, 5, 1, 1], 5, 1, 1, r"there are 3 such among 5"),
        ([5] * 5, 5, 3, 3, r"at least 6 images each; there are 0 such among 5"),
        ([], 1, 1, 1, r"there are 0 such among 0"),
    ],
)
def test_sets_that_are_too_small_are_refused_at_once(counts: list[int], way: int, shot: int, query: int, missing: str):
    none = CharacterSet(torch.zeros(0, 28, 28, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64), ())
    with pytest.raises(InputError, match=missing):
        EpisodeSampler(characters_of(counts) if counts else none, way, shot, query, 0)


def test_sampling_makes_no_picture_but_those_of_its_episodes():
    """A set of gigabytes must not be copied: the sampler keeps the very tensor that it was given."""
    characters = characters_of([4] * 9)
    sampler = EpisodeSampler(characters, 5, 1, 1, 0)
    before = characters.images.clone()
    episodes = sampler.sample(2)
    episodes.support.zero_()
    assert sampler._images is characters.images
    assert torch.equal(characters.images, before)


def test_a_slice_and_a_move_keep_images_with_their_labels():
    episodes = EpisodeSampler(characters_of([6] * 8), 4, 2, 3, 0).sample(5)
    part = episodes[1:3]
    assert isinstance(part, Episodes)
    assert len(part) == 2
    for name in ("support", "support_labels", "query", "query_labels"):
        assert torch.equal(getattr(part, name), getattr(episodes, name)[1:3])
        moved = getattr(episodes.to(torch.device("meta")), name)
        assert (moved.device.type, moved.shape) == ("meta", getattr(episodes, name).shape)
