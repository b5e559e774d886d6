import numpy as np
import pytest

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.gui.episode_source import EpisodeSource, FilledEpisode, sample_episode


def test_an_episode_of_omniglot_has_short_distinct_names_and_no_image_twice(omniglot: CharacterSet) -> None:
    episode = sample_episode(omniglot, 20, 3, np.random.default_rng(0))
    assert len(set(episode.names)) == len(episode.support) == len(episode.queries) == 20
    assert all("/" not in name and "_" not in name for name in episode.names)
    for glyph, label in episode.queries:
        assert glyph.shape == (1, 28, 28)
        assert glyph.dtype == np.float32
        assert 0 <= glyph.min() <= glyph.max() <= 1
        assert not any(np.array_equal(glyph, other) for other in episode.support[label])
    assert sorted(label for _, label in episode.queries) == list(range(20))


def test_too_few_images_are_told(omniglot: CharacterSet) -> None:
    with pytest.raises(InputError, match="are needed"):
        sample_episode(omniglot, 2, 20, np.random.default_rng(0))


def test_omniglot_has_to_be_imported_first() -> None:
    with pytest.raises(InputError, match="import"):
        list(EpisodeSource()("omniglot", 5, 1))


def test_procedural_strokes_need_nothing(monkeypatch: pytest.MonkeyPatch, omniglot: CharacterSet) -> None:
    import metagui.gui.episode_source as module

    def load():  # type: ignore[no-untyped-def]
        yield from ()
        return omniglot.select(range(60))

    monkeypatch.setattr(module, "load_strokes", load)
    (episode,) = EpisodeSource(seed=1)("strokes", 5, 1)
    assert isinstance(episode, FilledEpisode)
