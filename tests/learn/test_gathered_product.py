import numpy as np
import pytest
import torch

from metagui.learn import gathered_product
from metagui.learn.compiled import WIDTH
from metagui.learn.gathered_product import Gather, Part, multiply, transposed

TOLERANCES = {torch.float32: 1e-5, torch.float64: 1e-13}


def pairs(seed: int, count: int, first: range, second: range) -> np.ndarray:
    """So many pairs of places, no two with the same second one."""
    generator = np.random.default_rng(seed)
    return np.stack([generator.choice(first, count), generator.choice(second, count, replace=False)], 1).astype(
        np.int32
    )


def plain(left: torch.Tensor, right: torch.Tensor, gather: Gather, out: torch.Tensor) -> torch.Tensor:
    """`out` with the product added to it, number by number."""
    out = out.clone()
    for task in range(len(out)):
        flat_left, flat_right, flat_out = (array[task].flatten() for array in (left, right, out))
        for first_row, end_row, first, end, left_at, right_at, _ in gather.parts.tolist():
            for begin, result in gather.rows[first_row:end_row].tolist():
                for near, row in gather.columns[first:end].tolist():
                    there = right_at + row
                    flat_out[result : result + out.shape[-1]] += (
                        flat_left[left_at + begin + near] * flat_right[there : there + out.shape[-1]]
                    )
    return out


def factors(dtype: torch.dtype, width: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((2, 90), (2, 9, width), (2, 70, width))
    return tuple(torch.randn(shape, dtype=dtype, generator=generator) for shape in shapes)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 11, 50])
@pytest.mark.parametrize("width", [WIDTH, 3 * WIDTH])
def test_rows_and_columns_are_read_where_they_lie(rows, width, dtype):
    left, right, out = factors(dtype, width)
    part = Part(
        pairs(1, rows, range(40), range(0, 70 * width, width)), pairs(2, 7, range(40), range(0, 8 * width, width)),
        left=5, right=width,
    )  # fmt: skip
    gather = Gather.of([part])
    added = plain(left, right, gather, out)
    expected = plain(left, right, gather, torch.zeros_like(out))
    filled = out.clone()
    multiply(left, right, gather, filled)
    written = expected.ne(0).any(-1)
    assert int(written.sum()) == 2 * rows
    torch.testing.assert_close(filled[written], expected[written], rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])
    assert torch.equal(filled[~written], out[~written])  # no other is touched
    multiply(left, right, gather, out, adds=True)
    torch.testing.assert_close(out, added, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


@pytest.mark.parametrize("tasks", [1, 2, 7])
@pytest.mark.parametrize("threads", [2, 3, 16])
def test_work_is_shared_out_among_threads(tasks, threads, monkeypatch, torch_threads):
    monkeypatch.setattr(gathered_product, "_WORTH_THREADS", 0)
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(tasks, 90, generator=generator), torch.randn(tasks, 9, 3 * WIDTH, generator=generator)
    rows = pairs(1, 9, range(40), range(0, 70 * 3 * WIDTH, 3 * WIDTH))
    gather = Gather.of([Part(rows, pairs(2, 7, range(40), range(0, 9 * 3 * WIDTH, 3 * WIDTH)))])
    alone, together = torch.zeros(2, tasks, 70, 3 * WIDTH)
    multiply(left, right, gather, alone)
    torch_threads(threads)
    multiply(left, right, gather, together)
    assert alone.any()
    assert torch.equal(alone, together)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda left, right, out: (left.double(), right, out),
        lambda left, right, out: (left, right.double(), out),
        lambda left, right, out: (left, torch.cat([right, right]), out),  # kernels of more tasks
        lambda left, right, out: (left[:, :-60], right, out),  # fewer images
        lambda left, right, out: (left, right[:, :-1], out),  # a shorter kernel
        lambda left, right, out: (left, right, out[:, :-1]),
        lambda left, right, out: (left, right[..., :-1], out[..., :-1]),
        lambda left, right, out: (left, right, out.mT.contiguous().mT),  # not in one piece
    ],
)
def test_what_would_be_read_beyond_its_end_is_refused(wrong):
    left, right, out = factors(torch.float32, WIDTH)
    rows = np.array([[39, 69 * WIDTH]], np.int32)
    gather = Gather.of([Part(rows, np.array([[50, 8 * WIDTH]], np.int32))])
    multiply(left, right, gather, out)
    with pytest.raises(ValueError, match="product of"):
        multiply(*wrong(left, right, out)[:2], gather, wrong(left, right, out)[2])


def test_a_table_that_parts_share_is_there_once():
    rows, columns = pairs(1, 9, range(40), range(70)), pairs(2, 7, range(40), range(9))
    gather = Gather.of([Part(rows, columns), Part(rows, columns, left=3, starts=False), Part(rows, columns.copy())])
    assert (len(gather.rows), len(gather.columns)) == (9, 14)
    assert gather.products == 3 * 9 * 7


def test_a_factor_may_be_one_for_all_tasks():
    left, right, out = factors(torch.float64, WIDTH)
    gather = Gather.of(
        [Part(pairs(1, 9, range(40), range(0, 70 * WIDTH, WIDTH)), pairs(2, 7, range(40), range(0, 9 * WIDTH, WIDTH)))]
    )
    shared = right[:1].expand(2, -1, -1)
    expected = plain(left, shared, gather, torch.zeros_like(out))
    out.zero_()
    multiply(left, shared, gather, out)
    torch.testing.assert_close(out, expected)


def test_a_part_that_does_not_start_its_rows_adds_to_them_and_one_without_columns_is_zero():
    left, right, out = factors(torch.float64, WIDTH)
    rows, others = (pairs(seed, 8, range(40), range(0, 70 * WIDTH, 2 * WIDTH)) for seed in (1, 3))
    columns, nothing = pairs(2, 7, range(40), range(0, 9 * WIDTH, WIDTH)), np.empty((0, 2), np.int32)
    others[:, 1] += WIDTH
    parts = [Part(rows, columns), Part(rows, columns, left=3, starts=False), Part(others, nothing)]
    expected = plain(left, right, Gather.of(parts), torch.zeros_like(out))
    multiply(left, right, Gather.of(parts), out)
    flat, expected = out.flatten(1), expected.flatten(1)
    for _, result in rows.tolist():
        torch.testing.assert_close(flat[:, result : result + WIDTH], expected[:, result : result + WIDTH])
    for _, result in others.tolist():
        assert not flat[:, result : result + WIDTH].any()


def test_matrices_are_transposed():
    matrices = torch.arange(2 * 3 * 5 * 4).view(2, 3, 5, 4).float()
    assert torch.equal(transposed(matrices), matrices.mT)
