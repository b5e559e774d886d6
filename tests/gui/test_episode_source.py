import numpy as np
import pytest

from metagui.data import reference as module
from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.reference import Reference, References
from metagui.gui.episode_source import Deal, EpisodeSource, FilledEpisode, sample_episode
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.seen import trained_on
from metagui.learn.shipped import shipped

RNG = np.random.default_rng(0)


@pytest.fixture(scope="session")
def reference(omniglot: CharacterSet) -> Reference:
    return Reference("omniglot", omniglot)


def test_an_episode_of_omniglot_has_short_distinct_names_and_no_image_twice(reference: Reference) -> None:
    episode = sample_episode(reference, Deal("omniglot", 20, 3, 2), RNG)
    assert len(set(episode.names)) == len(episode.support) == 20
    assert all("/" not in name and "_" not in name for name in episode.names)
    drawings = [glyph.tobytes() for glyphs in episode.support for glyph in glyphs]
    for glyph, _ in episode.queries:
        assert glyph.shape == (1, 28, 28)
        assert glyph.dtype == np.float32
        assert 0 <= glyph.min() <= glyph.max() <= 1
        drawings.append(glyph.tobytes())
    assert len(set(drawings)) == 20 * 5
    labels = [label for _, label in episode.queries]
    assert sorted(labels) == sorted(2 * list(range(20)))
    assert labels != sorted(labels)


def test_queries_are_of_the_class_that_they_are_labelled_as(reference: Reference) -> None:
    episode = sample_episode(reference, Deal("omniglot", 5, 1, 15), RNG)
    entries = {entry.title: entry for entry in reference.entries}
    for glyph, label in episode.queries:
        drawings = reference.glyphs(entries[episode.names[label]])
        assert any(np.array_equal(glyph, drawing) for drawing in drawings)


@pytest.mark.parametrize(("way", "queries", "total"), [(5, 15, 75), (20, 15, 100), (20, 1, 20), (7, 15, 98)])
def test_there_are_no_more_than_a_hundred_queries(reference: Reference, way: int, queries: int, total: int) -> None:
    assert len(sample_episode(reference, Deal("omniglot", way, 1, queries), RNG).queries) == total


def test_an_alphabet_and_what_a_network_was_trained_on_restrict_it(reference: Reference) -> None:
    network = load_checkpoint(shipped()[0].path)
    seen = trained_on(network, "omniglot", reference.characters)
    known = {entry.title for entry in reference.entries if entry.index in seen}
    within = Deal("omniglot", 16, 1, 1, "Korean", network)
    for _ in range(3):
        names = set(sample_episode(reference, within, RNG).names)
        assert not names & known
        assert all(name.startswith("Korean ") for name in names)
    with pytest.raises(InputError, match="Korean has 16 characters that this network was not trained on"):
        sample_episode(reference, Deal("omniglot", 17, 1, 1, "Korean", network), RNG)
    assert set(sample_episode(reference, Deal("omniglot", 20, 1, 1, "Korean"), RNG).names) & known


def test_too_few_images_are_told(reference: Reference) -> None:
    with pytest.raises(InputError, match="are needed"):
        sample_episode(reference, Deal("omniglot", 2, 20), RNG)


def test_omniglot_has_to_be_imported_first() -> None:
    with pytest.raises(InputError, match="import"):
        list(EpisodeSource(References())(Deal("omniglot", 5, 1)))


def test_procedural_strokes_need_nothing(monkeypatch: pytest.MonkeyPatch, omniglot: CharacterSet) -> None:
    def load():  # type: ignore[no-untyped-def]
        yield from ()
        return omniglot.select(range(60))

    monkeypatch.setattr(module, "load_strokes", load)
    (episode,) = EpisodeSource(References(), seed=1)(Deal("strokes", 5, 1))
    assert isinstance(episode, FilledEpisode)
    assert all(name.startswith("Invented ") for name in episode.names)
