"""`metagui classify` of a session; that of a checkpoint with folders of images is tried in tests/test_cli.py."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metagui.__main__ import main
from metagui.data.samples import load_samples
from metagui.data.task import DrawnClass, Query, Sketch, Task, query_arrays, support_arrays
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.session import Session
from metagui.learn.session_file import write_session
from metagui.learn.shipped import shipped


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Three symbols, of which one has no drawing that the network learns from; saved as a.metagui."""
    default, *_ = shipped()
    symbols = load_samples()[:2]
    classes = [DrawnClass(one.name, tuple(Sketch(drawing) for drawing in one.support[:2])) for one in symbols]
    off = DrawnClass("off", (Sketch(symbols[0].support[2], is_active=False),))
    queries = tuple(Query(Sketch(one.query[0])) for one in symbols)
    session = Session(Task((off, *classes), queries), load_checkpoint(default.path), steps=3)
    write_session(tmp_path / "a.metagui", session)
    return session


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, float]]:
    predictions = json.loads(capsys.readouterr().out)["predictions"]
    return {prediction["file"]: prediction["probabilities"] for prediction in predictions}


def expected(session: Session, step: int) -> np.ndarray:
    assert session.checkpoint is not None
    support, (query, _) = support_arrays(session.task, session.settings), query_arrays(session.task, session.settings)
    return list(adapt_steps(session.checkpoint.learner(), *support, query, None, 3))[step].query_probabilities


@pytest.mark.parametrize(("on_show", "step"), [(None, 3), (1, 1)])
def test_its_queries_are_named_as_in_the_window(session, tmp_path, capsys, on_show, step):
    write_session(tmp_path / "a.metagui", replace(session, step_on_show=on_show))
    assert main(["classify", str(tmp_path / "a.metagui"), "--json"]) == 0
    rows = told(capsys)
    assert list(rows) == ["query 1", "query 2"]
    assert list(rows["query 1"]) == [drawn.name for drawn in session.task.classes[1:]]
    np.testing.assert_allclose([list(row.values()) for row in rows.values()], expected(session, step), atol=1e-6)


def test_files_are_named_by_its_drawings(session, tmp_path, capsys):
    glyph = session.task.queries[1].sketch.glyph(session.settings)[0]
    Image.fromarray(255 - np.uint8(glyph * 255)).resize((280, 280)).save(tmp_path / "q.png")
    assert main(["classify", str(tmp_path / "a.metagui"), "--query", str(tmp_path / "q.png")]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'q.png'}: {session.task.classes[2].name} ")


def test_options_go_before_what_the_session_says(session, tmp_path, capsys):
    assert main(["classify", str(tmp_path / "a.metagui"), "--json", "--steps", "0", "--as-drawn"]) == 0
    (probabilities, _) = told(capsys).values()
    np.testing.assert_allclose(list(probabilities.values()), expected(replace(session, fitted=False), 0)[0], atol=1e-6)


def test_what_cannot_be_done_is_one_line_and_code_2(session, tmp_path, capsys):
    for name, changed in (
        ("blank", replace(session, task=Task())),
        ("unsupported", replace(session, task=replace(Task(), queries=session.task.queries))),
        ("without", replace(session, checkpoint=None)),
    ):
        write_session(tmp_path / f"{name}.metagui", changed)
    default, *_ = shipped()
    for arguments, message in (
        (["blank.metagui"], "has no query"),
        (["unsupported.metagui"], "At least two classes"),
        (["without.metagui"], "no network"),
        (["none.metagui"], "There is no session"),
        (["a.metagui", "--support", "x"], "leave --support out"),
        ([str(default.path)], "is to be given --support"),
    ):
        assert main(["classify", str(tmp_path / arguments[0]), *arguments[1:]]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
