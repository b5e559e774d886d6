"""The benchmark runs, and all that it compares compute the same. No time is asserted."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.benchmarks import engine
from tests.benchmarks.cases import Case, flops
from tests.benchmarks.memory import peak_memory
from tests.benchmarks.peers import LOOP, PEERS, VECTORISED, Form
from tests.benchmarks.report import write_section

CASES = (Case(2, 1, 1, 1, 4, over_loops=1, over_vmap=1), Case(3, 2, 1, 2, 4, over_loops=1, over_vmap=1, share=0.1))
CPU = torch.device("cpu")


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_form_of_every_peer_computes_our_meta_gradient(peer):
    if peer.package != "torch":
        pytest.importorskip(peer.package, reason=f"{peer.package} comes with the dependency group bench")
    for case in CASES:
        trial = engine.make_trial(case, CPU)
        for form in peer.forms(case.tasks):
            if form.channels_last and form.fused_norm:
                continue  # torch's own is less exact in that layout: the benchmark leaves it out where it is wrong
            assert engine.is_right(trial.errors(trial.prepare(peer, form)())), str(form)
        assert "wrong" not in engine.our_engine(trial).deviation


def test_a_wrong_gradient_is_told_from_a_right_one():
    trial = engine.make_trial(CASES[0], CPU)
    loss, gradients = trial.truth
    assert engine.is_right(trial.errors((loss, gradients)))
    assert not engine.is_right(trial.errors((loss * (1 + 2e-5), gradients)))
    assert not engine.is_right(trial.errors((loss, [1.002 * gradient for gradient in gradients])))


def test_operations_are_those_that_torch_counts_less_what_is_not_needed():
    # Without inner steps there is nothing to spare; with them torch takes derivatives by the images as well.
    for steps, spared in ((0, 1.0), (2, 1.1)):
        case = Case(3, 1, 2, steps, 1, over_loops=1, over_vmap=1)
        trial = engine.make_trial(case, CPU)
        step = trial.prepare(LOOP, Form(channels_last=False, fused_norm=True))
        with FlopCounterMode(display=False) as counter:
            step()
        assert flops(case) <= counter.get_total_flops() <= spared * flops(case)


def test_the_table_names_every_engine_and_a_peer_that_is_missing(monkeypatch, tmp_path):
    missing = engine.Peer("missing", "missing", _import_what_is_missing)
    monkeypatch.setattr(engine, "PEERS", (LOOP, missing, VECTORISED))
    monkeypatch.setattr(engine, "PRESETS", {})
    # One process of the engine's own is enough for a test.
    monkeypatch.setattr(
        engine,
        "peak_memory",
        lambda name, *rest: peak_memory(name, *rest) if name == engine.OURS else {"peak": 10**9, "more": 10**8},
    )
    results = tmp_path / "RESULTS.md"
    write_section(results, "another part", ["as it was"])
    write_section(results, "engine", ["of another day"])
    write_section(results, "engine", engine.measure("cpu", CASES[:1], rounds=1))
    text = results.read_text(encoding="utf-8")
    assert "## another part\n\nas it was\n" in text
    assert "of another day" not in text
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.startswith("|")]
    engines = {cells[2]: cells for cells in rows if cells[1] == str(CASES[0])}
    assert {engine.OURS, engine.DEFAULT, LOOP.name, VECTORISED.name, "missing"} <= set(engines)
    assert engines["missing"][7] == "ModuleNotFoundError: No module named 'missing'"
    assert engines[engine.OURS][4] == "1.00 ×"
    assert "wrong" not in text


def _import_what_is_missing(*_):
    import missing  # noqa: F401
