"""Sets of characters: what is selected, split, turned and kept stays with its character."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from metagui.data.characters import CharacterSet, load_characters, save_characters, split, with_rotations
from metagui.data.errors import InputError

OMNIGLOT, BACKGROUND = 1623, 964


def characters_of(counts: list[int]) -> CharacterSet:
    """Characters named "0", "1", …; every image holds its character at one corner and its own number at the next."""
    images = torch.zeros(sum(counts), 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts)) % 256
    images[:, 0, 27] = torch.cat([torch.arange(count) for count in counts])
    return CharacterSet(images, torch.tensor(counts), tuple(str(index) for index in range(len(counts))))


@pytest.fixture(scope="module")
def many() -> CharacterSet:
    return characters_of([1] * OMNIGLOT)


def test_images_of_ragged_characters():
    ragged = characters_of([2, 1, 4])
    assert len(ragged) == 3
    assert ragged.starts.tolist() == [0, 2, 3]
    for index in range(3):
        assert ragged.images_of(index)[:, 0, 0].tolist() == [index] * ragged.counts[index]
        assert ragged.images_of(index)[:, 0, 27].tolist() == list(range(ragged.counts[index]))


def test_select_takes_ragged_characters_in_the_order_asked_for():
    chosen = characters_of([2, 1, 4, 3]).select([3, 0])
    assert chosen.names == ("3", "0")
    assert chosen.counts.tolist() == [3, 2]
    assert chosen.images[:, 0, 0].tolist() == [3, 3, 3, 0, 0]
    assert chosen.images_of(1)[:, 0, 27].tolist() == [0, 1]


def test_select_none_is_an_empty_set():
    none = characters_of([2, 1]).select([])
    assert len(none) == 0
    assert none.images.shape == (0, 28, 28)
    assert none.counts.shape == (0,)


def test_omniglots_split_has_the_published_sizes_and_nothing_twice(many):
    parts = split(many, "1028")
    names = parts.train.names + parts.validation.names + parts.test.names
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (1028, 172, 423)
    assert sorted(names) == sorted(many.names)


def test_omniglots_split_is_the_same_for_ever(many):
    """Figures are comparable only while the same characters are tested: no version may change these."""
    parts = split(many, "1028")
    assert parts.train.names[:5] == ("1", "2", "3", "4", "5")
    assert parts.validation.names[:5] == ("10", "14", "15", "16", "17")
    assert parts.test.names[:5] == ("0", "9", "21", "34", "38")
    assert sum(map(int, parts.validation.names)) == 133_389
    assert sum(map(int, parts.test.names)) == 338_378


def test_another_seed_is_another_split(many):
    assert split(many, "1028", seed=1).test.names != split(many, "1028").test.names


def test_1200_tests_on_the_same_characters_and_trains_on_all_others(many):
    whole, joined = split(many, "1028"), split(many, "1200")
    assert joined.test.names == whole.test.names
    assert set(joined.train.names) == {*whole.train.names, *whole.validation.names}
    assert (len(joined.train), len(joined.validation)) == (1200, 0)


def test_lake_trains_on_the_background_and_tests_on_the_evaluation_set(many):
    parts = split(many, "lake", background=BACKGROUND)
    assert parts.train.names == many.names[:BACKGROUND]
    assert parts.test.names == many.names[BACKGROUND:]
    assert len(parts.validation) == 0


def test_images_go_with_their_characters_into_every_part():
    ragged = characters_of([1 + index % 3 for index in range(40)])
    parts = split(ragged, "1028")
    for part in (parts.train, parts.validation, parts.test):
        for index, name in enumerate(part.names):
            assert torch.equal(part.images_of(index), ragged.images_of(int(name)))


@pytest.mark.parametrize("total", [3, 4, 5, 10, 100, 400])
def test_other_numbers_are_divided_in_the_same_proportions(total: int):
    parts = split(characters_of([1] * total), "1028")
    sizes = [len(parts.train), len(parts.validation), len(parts.test)]
    assert sum(sizes) == total
    assert min(sizes) >= 1
    if total >= 100:
        assert [size / total for size in sizes] == pytest.approx([1028 / 1623, 172 / 1623, 423 / 1623], abs=0.01)


def test_two_characters_cannot_be_split():
    with pytest.raises(InputError, match="at least 3"):
        split(characters_of([1, 1]), "1028")


def test_an_unknown_split_is_refused_with_the_known_ones(many):
    with pytest.raises(InputError, match="1028, 1200, lake"):
        split(many, "1100")


def test_lake_is_for_sets_with_a_background(many):
    with pytest.raises(InputError, match="1028 or 1200"):
        split(many, "lake")


def test_a_part_by_its_name(many):
    parts = split(many, "1028")
    assert parts.part("validation") is parts.validation
    with pytest.raises(InputError, match="no validation characters"):
        split(many, "1200").part("validation")


def test_each_rotation_is_a_class_of_its_own():
    ragged = characters_of([2, 1, 3])
    turned = with_rotations(ragged)
    assert len(turned) == 12
    assert len(set(turned.names)) == 12
    for index, name in enumerate(turned.names):
        turn, character = divmod(index, 3)
        assert name.split(" ")[0] == str(character)
        assert turned.images_of(index).shape == ragged.images_of(character).shape
        for image, upright in zip(turned.images_of(index), ragged.images_of(character), strict=True):
            assert torch.equal(image, torch.rot90(upright, turn))


def test_rotations_stay_in_the_part_of_their_character():
    parts = split(characters_of([2] * 30), "1028")
    kinds = [{name.split(" ")[0] for name in with_rotations(part).names} for part in (parts.train, parts.test)]
    assert not kinds[0] & kinds[1]


def test_a_set_is_read_as_it_was_saved(tmp_path: Path):
    saved = characters_of([2, 1, 3]).select([2, 0])
    save_characters(tmp_path / "set.safetensors", saved)
    loaded = load_characters(tmp_path / "set.safetensors")
    assert torch.equal(loaded.images, saved.images)
    assert torch.equal(loaded.counts, saved.counts)
    assert (loaded.images.dtype, loaded.counts.dtype) == (torch.uint8, torch.int64)
    assert loaded.names == saved.names


def test_a_view_of_images_is_saved_as_it_looks(tmp_path: Path):
    made = characters_of([1, 2])
    saved = CharacterSet(made.images.transpose(1, 2), made.counts, made.names)
    save_characters(tmp_path / "set.safetensors", saved)
    assert torch.equal(load_characters(tmp_path / "set.safetensors").images, saved.images)


@pytest.mark.parametrize("kept", [0, 7, 300, -1])
def test_a_damaged_file_is_refused(tmp_path: Path, kept: int):
    path = tmp_path / "set.safetensors"
    save_characters(path, characters_of([2, 1]))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="cut short"):
        load_characters(path)


def test_a_file_of_other_tensors_is_refused(tmp_path: Path):
    path = tmp_path / "other.safetensors"
    for metadata in (None, {"names": "a"}):
        save_file({"weights": torch.zeros(3)}, path, metadata)
        with pytest.raises(InputError, match="no set of characters"):
            load_characters(path)


def test_a_missing_file_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.safetensors"):
        load_characters(tmp_path / "none.safetensors")


def test_omniglots_lake_split_follows_its_alphabets(omniglot: CharacterSet):
    parts = split(omniglot, "lake", background=BACKGROUND)
    alphabets = [{name.split("/")[0] for name in part.names} for part in (parts.train, parts.test)]
    assert [len(names) for names in alphabets] == [30, 20]
    assert not alphabets[0] & alphabets[1]
