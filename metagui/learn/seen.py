"""Which characters a network was trained on: what it knows of them is no proof that it learns quickly."""

from dataclasses import replace

from metagui.data.characters import CharacterSet, split
from metagui.data.omniglot import BACKGROUND_CHARACTERS
from metagui.data.sources import OMNIGLOT
from metagui.learn.checkpoint import Checkpoint


def trained_on(checkpoint: Checkpoint, source: str, characters: CharacterSet) -> frozenset[int]:
    """The indices of those of a source's characters that the network was trained on.

    Characters of the validation part are none of them: they had a say in when training was at its best, and in no
    weight. What a run was started from is not known of a checkpoint, and not counted.
    """
    config = checkpoint.config
    if config.data != source or not checkpoint.iteration:
        return frozenset()
    names = replace(characters, images=characters.images[:, :0, :0])  # a split copies images, and only names matter
    background = BACKGROUND_CHARACTERS if source == OMNIGLOT else None
    train = set(split(names, config.split, checkpoint.split_seed, background).train.names)
    return frozenset(index for index, name in enumerate(characters.names) if name in train)
