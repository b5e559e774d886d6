from dataclasses import replace

from metagui.learn import shipped as module
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.fingerprint import fingerprint
from metagui.learn.shipped import DEFAULT, shipped, shipped_as


def test_the_default_comes_first_and_each_has_its_file():
    cards = shipped()
    assert cards[0].name == DEFAULT
    assert [card.name for card in cards[1:]] == sorted(card.name for card in cards[1:])
    for card in cards:
        assert card.path.is_file()
        assert card.title


def test_no_network_is_read_for_a_list_of_them(monkeypatch):
    monkeypatch.setattr("metagui.learn.checkpoint.read_tensors", lambda path: 1 / 0)
    assert module.shipped()


def test_each_is_known_by_its_fingerprint():
    for card in shipped():
        assert shipped_as(fingerprint(load_checkpoint(card.path))) == card
    assert shipped_as("0" * 64) is None


def test_a_damaged_one_is_not_taken_for_any(tmp_path, monkeypatch):
    card, *_ = shipped()
    (tmp_path / "a.safetensors").write_bytes(b"")
    monkeypatch.setattr(module, "shipped", lambda: [replace(card, path=tmp_path / "a.safetensors")])
    assert shipped_as(fingerprint(load_checkpoint(card.path))) is None
