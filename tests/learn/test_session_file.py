import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from metagui.data.errors import InputError
from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.learn import session_file, shipped
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.fingerprint import fingerprint
from metagui.learn.session import Session
from metagui.learn.session_file import FORMAT, pack_session, read_session, write_session

SKETCH = Sketch((np.random.default_rng(0).uniform(0, 105, (9, 4)).astype(np.float32),))
TASK = Task((DrawnClass("A", (SKETCH,)), DrawnClass("B", (SKETCH,))), (Query(SKETCH, 1),))


def trained_here() -> Checkpoint:
    """As training hands it over: in memory alone."""
    torch.manual_seed(0)
    config = TrainingConfig(network="conv2", way=3)
    state = {"optimizer.0": torch.ones(10_000)}
    return Checkpoint(config, dict(make_learner(config).network.state_dict()), 3, 9, 1, state=state, name="a run")


OWN = trained_here()
SESSION = Session(TASK, OWN, fitted=False, steps=3, step_on_show=2, document=Path("/a/b.metagui"))
CONTENT = pack_session(SESSION)


def rewritten(path: Path, change: Callable[[dict[str, Any]], object], content: bytes = CONTENT) -> Path:
    """The session with a changed description."""
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            told = json.loads(old.read(name)) if name == "session.json" else None
            if told is not None:
                change(told)
            new.writestr(name, old.read(name) if told is None else json.dumps(told))
    return path


def test_all_of_a_session_comes_back(tmp_path: Path) -> None:
    default, *_ = shipped.shipped()
    session = replace(SESSION, lanes=(load_checkpoint(default.path), OWN))
    write_session(tmp_path / "a.metagui", session)
    back = read_session(tmp_path / "a.metagui")
    assert (back.fitted, back.steps, back.step_on_show, back.document) == (False, 3, 2, Path("/a/b.metagui"))
    assert back.checkpoint is not None
    assert fingerprint(back.checkpoint) == fingerprint(OWN)
    assert all(torch.equal(back.checkpoint.weights[name], value) for name, value in OWN.weights.items())
    assert (back.checkpoint.name, back.checkpoint.iteration, back.checkpoint.state) == ("a run", 3, {})
    assert [lane.name for lane in back.lanes] == ["maml-any", "a run"]
    assert back.lanes[0].path == default.path
    assert np.array_equal(back.task.classes[0].sketches[0].strokes[0], SKETCH.strokes[0])


def test_a_session_without_a_network_comes_back(tmp_path: Path) -> None:
    write_session(tmp_path / "a.metagui", Session(TASK))
    assert read_session(tmp_path / "a.metagui").checkpoint is None


def test_no_part_of_a_session_is_forgotten() -> None:
    """A new field is to be written and read in `session_file`."""
    known = {"task", "checkpoint", "lanes", "fitted", "steps", "step_on_show", "document"}
    assert {field.name for field in fields(Session)} == known


def test_the_same_session_is_the_same_file() -> None:
    assert pack_session(SESSION) == CONTENT


def test_only_a_network_of_ones_own_is_in_the_file_and_once() -> None:
    default, *_ = shipped.shipped()
    session = replace(SESSION, checkpoint=load_checkpoint(default.path), lanes=(OWN, OWN))
    with zipfile.ZipFile(io.BytesIO(pack_session(session))) as archive:
        assert archive.namelist() == ["session.json", f"networks/{fingerprint(OWN)}.safetensors"]
        assert len(archive.read(archive.namelist()[1])) < 40_000 + sum(4 * v.numel() for v in OWN.weights.values())


def test_a_network_that_the_program_no_longer_brings_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default, *_ = shipped.shipped()
    session = replace(SESSION, checkpoint=load_checkpoint(default.path))
    write_session(tmp_path / "before.metagui", session)
    monkeypatch.setattr(shipped, "shipped", list)
    write_session(tmp_path / "after.metagui", session)
    back = read_session(tmp_path / "after.metagui").checkpoint
    assert back is not None
    assert back.name == "maml-any"
    with pytest.raises(InputError, match=r"adapts the network maml-any.*metagui 0\.1\.0"):
        read_session(tmp_path / "before.metagui")


def test_another_network_under_the_same_name_is_refused(tmp_path: Path) -> None:
    other = replace(OWN, weights={name: value + 1 for name, value in OWN.weights.items()})
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as old, zipfile.ZipFile(tmp_path / "a.metagui", "w") as new:
        for name in old.namelist():
            new.writestr(name, session_file.pack(other) if name.startswith("networks") else old.read(name))
    with pytest.raises(InputError, match="not the one"):
        read_session(tmp_path / "a.metagui")


def test_a_newer_version_is_asked_for(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "a.metagui", lambda told: told.update(format=FORMAT + 1, program="metagui 9\n\n.9"))
    with pytest.raises(InputError, match=r"use a newer version \(metagui 9 \.9 wrote it\)"):
        read_session(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(format=0),
        lambda told: told.update(format="1"),
        lambda told: told.pop("classes"),
        lambda told: told.update(lanes=[told["network"]] * 17),
        lambda told: told["settings"].update(inner_steps=0),
        lambda told: told["settings"].update(step_on_show=-1),
        lambda told: told["network"].update(sha256="../../etc/passwd"),
        lambda told: told.update(document=3),
        lambda told: told["classes"][0].update(name=5),
    ],
)
def test_a_description_of_another_form_is_damaged(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InputError, match="is damaged"):
        read_session(rewritten(tmp_path / "a.metagui", change))


@pytest.mark.parametrize("text", [b"", b"[]", b"nonsense", b"\xff", b"[" * 100_000, b'{"format": NaN}', b"1" * 5000])
def test_what_is_no_description_is_damaged(tmp_path: Path, text: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.metagui", "w") as archive:
        archive.writestr("session.json", text)
    with pytest.raises(InputError, match="is damaged"):
        read_session(tmp_path / "a.metagui")


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "C:/x", "session.json"])
def test_members_that_no_session_has_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.metagui"
    path.write_bytes(CONTENT)
    with zipfile.ZipFile(path, "a") as archive:
        archive.NameToInfo.clear()  # zipfile warns of a name that is there twice
        archive.writestr(name, b"")
    with pytest.raises(InputError, match="is refused"):
        read_session(path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.metagui", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("session.json", b" " * 2**24)
    with pytest.raises(InputError, match="bomb"):
        read_session(tmp_path / "a.metagui")


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no session"):
        read_session(tmp_path / "none.metagui")
    with pytest.raises(InputError, match="There is no session"):
        read_session(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_session(tmp_path / ("x" * 300))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("other.txt", b"")
    with pytest.raises(InputError, match="not a session"):
        read_session(tmp_path / "a.zip")


def test_what_is_written_can_be_read_however_well_it_compresses(tmp_path: Path) -> None:
    flat = Sketch((np.zeros((20_000, 4), np.float32),))
    write_session(tmp_path / "a.metagui", Session(TASK.with_query(Query(flat))))
    assert len(read_session(tmp_path / "a.metagui").task.queries[0].sketch.strokes[0]) == 20_000


def test_more_than_can_be_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.metagui").write_bytes(CONTENT)
    for limit in ("_MOST_TEXT", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(session_file, limit, 1000)
            with pytest.raises(InputError, match="too large"):
                write_session(tmp_path / "a.metagui", SESSION)
    assert (tmp_path / "a.metagui").read_bytes() == CONTENT


@given(st.data())
def test_a_damaged_file_is_an_input_error_or_still_a_session(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(CONTENT)
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    # Most of the file is weights: the zip's own tables and the description are hit on purpose.
    for place, value in data.draw(st.lists(st.tuples(st.integers(-300, 600), st.integers(0, 255)), max_size=4)):
        content[place] = value
    cut = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    path = tmp_path_factory.getbasetemp() / "damaged.metagui"
    path.write_bytes(content[:cut])
    try:
        session = read_session(path)
    except InputError as error:
        assert str(path) in str(error)  # noqa: PT017
    else:
        assert isinstance(session, Session)
