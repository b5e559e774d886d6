from metagui.learn import shipped as module
from metagui.learn.shipped import DEFAULT, shipped


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
