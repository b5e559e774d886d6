"""Matrix products whose left factor is gathered: each of its numbers is read where it lies, in images.

A convolution is such a product of the images' patches with a kernel, and its derivatives are others. Torch multiplies
what lies in rows, so that patches, nine times the size of the images, would have to be copied out first, which takes
about as long as to multiply them.

The inner loop is what every fast matrix product has (Goto & van de Geijn 2008): a tile of the result that
stays in the processor's registers. It is given to LLVM as vectors, since no loop over arrays is turned into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray
from torch import Tensor

from metagui.learn.compiled import WIDTH, array_of, compiled
from metagui.learn.pools import share_out

_NEAR = 48  # rows of the result for which the left factor stays in the cache, while all columns are made
_WORTH_THREADS = 4_000_000  # products of numbers: less is done in the time that it takes to share them out

Pairs = NDArray[np.int32]


@dataclass(frozen=True)
class Part:
    """Some rows of the result, and the columns of the left factor that they are sums over."""

    rows: Pairs  # (rows, 2): where a row begins in the left factor, and in the result
    columns: Pairs  # (columns, 2): how far it lies from there in the left factor, and where its row of the right begins
    # Where both factors begin.
    left: int = 0
    right: int = 0
    starts: bool = True  # these rows of the result, which other parts may add to


@dataclass(frozen=True)
class Gather:
    """Of one task's arrays, as numbers from where they begin: result[r] = Σ_c left[r + c] · right[c], by parts.

    Rows of the right factor and of the result are contiguous.
    """

    rows: Pairs
    columns: Pairs
    parts: NDArray[np.int64]  # (parts, 7): first and end of its rows and columns, beginnings of both factors, `starts`
    # (3,): the farthest place that is read in the left factor, a row's in the right one, and a row's in the result.
    reach: NDArray[np.int64]
    products: int  # of numbers, for each column of the result

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Self:
        rows, row_ranges = _joined([part.rows for part in parts])
        columns, column_ranges = _joined([part.columns for part in parts])
        ranges = [
            (*of_rows, *of_columns, part.left, part.right, part.starts)
            for part, of_rows, of_columns in zip(parts, row_ranges, column_ranges, strict=True)
        ]
        reach = np.zeros(3, dtype=np.int64)
        for part in parts:
            begin, result = part.rows.max(0, initial=0)
            near, row = part.columns.max(0, initial=0)
            reach = np.maximum(reach, [part.left + begin + near, part.right + row, result])
        products = sum(len(part.rows) * len(part.columns) for part in parts)
        return cls(rows, columns, np.array(ranges, dtype=np.int64), reach, products)


def _joined(tables: Sequence[Pairs]) -> tuple[Pairs, list[tuple[int, int]]]:
    """The tables in one, and the range of each there; one that several parts have is in it once."""
    ranges: dict[int, tuple[int, int]] = {}
    end, different = 0, []
    for table in tables:
        if id(table) not in ranges:
            ranges[id(table)] = (end, end + len(table))
            different.append(table)
            end += len(table)
    return np.concatenate(different), [ranges[id(table)] for table in tables]


def multiply(left: Tensor, right: Tensor, gather: Gather, out: Tensor, adds: bool = False) -> None:
    """Fill `out` with the product of each task, or add the products to it; on the CPU, on torch's threads.

    Shapes: `left` (tasks, …), `right` (tasks, …, columns) and `out` (tasks, …, columns), which lies in one piece; a
    factor that all tasks share has a stride of zero along them. ValueError where they are not of one type of number, or
    do not have what `gather` reads of them: a loop would read on beyond their end.
    """
    tasks, width = len(out), out.shape[-1]
    if not left.dtype == right.dtype == out.dtype or len(left) != tasks or len(right) != tasks or width % WIDTH:
        raise ValueError(
            f"No product of {left.dtype} {left.shape} and {right.dtype} {right.shape} in {out.dtype} {out.shape}"
        )
    left, right = (factor[:1] if factor.stride(0) == 0 else factor for factor in (left, right))  # one for all tasks
    arrays = lefts, rights, outs = [array_of(tensor).reshape(len(tensor), -1) for tensor in (left, right, out)]
    needed = np.add(gather.reach, (1, width, width))
    if not out.is_contiguous() or any(array.shape[1] < least for array, least in zip(arrays, needed, strict=True)):
        raise ValueError(f"A product of other shapes than {left.shape}, {right.shape} and {out.shape}")

    work = partial(_multiply, lefts, rights, outs, gather.rows, gather.columns, gather.parts, adds)
    if gather.products * width * tasks < _WORTH_THREADS:
        work(0, tasks, 0, width)
    else:
        share_out(work, tasks, width, WIDTH)


def transposed(matrices: Tensor) -> Tensor:
    """Copies of matrices (…, rows, columns), transposed; on the CPU, where torch takes twice as long for small ones."""
    flat = matrices.reshape(-1, *matrices.shape[-2:])
    result = flat.new_empty(len(flat), flat.shape[2], flat.shape[1])
    _transpose(array_of(flat), array_of(result))
    return result.view(*matrices.shape[:-2], *result.shape[1:])


def _tile(rows: int) -> Any:
    """The part of a product that is one tile of so many rows, as code for LLVM."""

    @intrinsic  # type: ignore[untyped-decorator]
    def tile(
        context: Any,
        left: Any,
        left_at: Any,
        right: Any,
        right_at: Any,
        out: Any,
        out_at: Any,
        row_table: Any,
        row: Any,
        column_table: Any,
        first: Any,
        end: Any,
        starts: Any,
    ) -> Any:
        """out[rows[m, 1] + 0…15] (+)= Σ_k left[rows[m, 0] + columns[k, 0]] · right[columns[k, 1] + 0…15]"""
        index = types.intp
        signature = types.void(
            left, index, right, index, out, index, row_table, index, column_table, index, index, types.boolean
        )
        return signature, lambda *how: _tile_code(rows, *how)

    return tile


def _tile_code(rows: int, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    left, left_at, right, right_at, out, out_at, row_table, row, column_table, first, end, starts = arguments
    kind = signature.args[0].dtype
    vector = ir.VectorType(context.get_data_type(kind), WIDTH)
    multiply_add = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{WIDTH}f{kind.bitwidth}"
    )
    number, lane = ir.IntType(64), ir.IntType(32)

    def data(place: int, at: Any = None) -> Any:
        pointer = context.make_array(signature.args[place])(context, builder, arguments[place]).data
        return pointer if at is None else builder.gep(pointer, [at])

    def entry(table: Any, line: Any, column: int) -> Any:
        at = builder.add(builder.shl(line, number(1)), number(column))
        return builder.sext(builder.load(builder.gep(table, [at])), number)

    def vector_at(base: Any, offset: Any) -> Any:
        return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())

    def load(pointer: Any) -> Any:
        return builder.load(pointer, align=kind.bitwidth // 8)

    left, right, out = data(0, left_at), data(2, right_at), data(4, out_at)
    row_table, column_table = data(6), data(8)
    lines = [builder.add(row, number(m)) for m in range(rows)]
    begins = [builder.gep(left, [entry(row_table, line, 0)]) for line in lines]
    results = [vector_at(out, entry(row_table, line, 1)) for line in lines]
    sums = [cgutils.alloca_once(builder, vector) for _ in range(rows)]  # which LLVM keeps in registers
    for one in sums:
        builder.store(vector([0.0] * WIDTH), one)
    with builder.if_then(cgutils.is_false(builder, starts)):
        for one, result in zip(sums, results, strict=True):
            builder.store(load(result), one)
    nothing, everywhere = vector(ir.Undefined), ir.VectorType(lane, WIDTH)([0] * WIDTH)
    with cgutils.for_range(builder, end, start=first) as loop:
        there = load(vector_at(right, entry(column_table, loop.index, 1)))
        offset = entry(column_table, loop.index, 0)
        for one, begin in zip(sums, begins, strict=True):
            factor = builder.insert_element(nothing, builder.load(builder.gep(begin, [offset])), lane(0))
            factor = builder.shuffle_vector(factor, nothing, everywhere)
            builder.store(builder.call(multiply_add, [factor, there, builder.load(one)]), one)
    for one, result in zip(sums, results, strict=True):
        builder.store(builder.load(one), result, align=kind.bitwidth // 8)
    return context.get_dummy_value()


# Of a row's vector in two registers, six rows are the most that leave some of sixteen for the factors.
_tile_of_1, _tile_of_2, _tile_of_3, _tile_of_4, _tile_of_5, _tile_of_6 = (_tile(rows) for rows in range(1, 7))


@compiled
def _multiply(
    lefts: Any, rights: Any, outs: Any, rows: Any, columns: Any, parts: Any, adds: bool,
    first_task: int, end_task: int, first_column: int, end_column: int,
) -> None:  # fmt: skip
    for task in range(first_task, end_task):
        left, right, out = lefts[task % len(lefts)], rights[task % len(rights)], outs[task]
        for part in range(len(parts)):
            first_row, end_row, first, end, left_at, right_at, starts = parts[part]
            fresh = starts == 1 and not adds
            for near in range(first_row, end_row, _NEAR):
                near_end = min(near + _NEAR, end_row)
                for column in range(first_column, end_column, WIDTH):
                    there = right_at + column
                    row = near
                    while row + 6 <= near_end:
                        _tile_of_6(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)
                        row += 6
                    more = near_end - row
                    if more == 5:
                        _tile_of_5(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)
                    elif more == 4:
                        _tile_of_4(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)
                    elif more == 3:
                        _tile_of_3(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)
                    elif more == 2:
                        _tile_of_2(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)
                    elif more == 1:
                        _tile_of_1(left, left_at, right, there, out, column, rows, row, columns, first, end, fresh)


@compiled
def _transpose(matrices: Any, out: Any) -> None:
    for matrix in range(matrices.shape[0]):
        for column in range(matrices.shape[2]):
            for row in range(matrices.shape[1]):
                out[matrix, column, row] = matrices[matrix, row, column]
