"""A plain network in the Open Neural Network Exchange format, for ONNX Runtime and whatever else reads it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, numpy_helper
from onnx.helper import make_graph, make_model, make_node, make_operatorsetid, make_tensor_value_info, set_model_props

from metagui import __version__
from metagui.data.glyph import SIDE
from metagui.learn.heads import LEAST_SQUARE
from metagui.learn.novelty import LEAST
from metagui.learn.plain_network import Array, Known, PlainNetwork
from metagui.learn.plain_normalisation import EPSILON

# Of 2022: old enough for the runtimes that people have, and what is used of it means the same today.
_OPERATIONS, _FORMAT = 17, 8


def onnx_model(network: PlainNetwork, metadata: Mapping[str, str]) -> bytes:
    """A file's content: `glyphs` (n, 1, 28, 28) → `probabilities` (n, way), of any number n of glyphs at once.

    Where the network can tell, `known` (n,) is a second output: how probable it is that a glyph is of one of the
    classes at all, which `probabilities` take for granted.
    """
    graph = _graph(network)
    known = [make_tensor_value_info("known", TensorProto.FLOAT, ["n"])] if network.known else []
    model = make_model(
        make_graph(
            graph.nodes,
            "metagui",
            [make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])],
            [make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(network.head_bias)]), *known],
            graph.constants,
        ),
        producer_name="metagui",
        producer_version=__version__,
        opset_imports=[make_operatorsetid("", _OPERATIONS)],
        ir_version=_FORMAT,
    )
    set_model_props(model, dict(metadata))
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Graph:
    """Nodes in their order, each with one output, and the constants that they read."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node at the end; the name of its output, which is `output` or a new one."""
        name = output or f"{operation.lower()}{len(self.nodes)}"
        self.nodes.append(make_node(operation, inputs, [name], **attributes))
        return name


def _graph(network: PlainNetwork) -> _Graph:
    graph = _Graph()
    if network.support is None:
        features = _blocks(graph, network, "glyphs", depth=[])
    else:
        volumes = _blocks(graph, network, _with_support(graph, network.support), depth=[1])
        features = graph.add("Gather", volumes, graph.constant("last", np.array(len(network.support))), axis=2)
    weight, bias = graph.constant("head.weight", network.head_weight), graph.constant("head.bias", network.head_bias)
    seen = features = graph.add("Flatten", features)
    if network.known is not None:
        _add_known(graph, features, network.known)
    if network.centre is not None:
        seen = _direction(graph, seen, network.centre)
    logits = graph.add("Gemm", seen, weight, bias, transB=1)
    graph.add("Softmax", logits, output="probabilities")
    return graph


def _direction(graph: _Graph, features: str, centre: Array) -> str:
    """Features as seen from the centre, of length one."""
    apart = graph.add("Sub", features, graph.constant("head.centre", centre))
    square = graph.add("ReduceSumSquare", apart, axes=[1])
    least = graph.constant("least_square", np.array(LEAST_SQUARE, np.float32))
    return graph.add("Div", apart, graph.add("Sqrt", graph.add("Add", square, least)))


def _add_known(graph: _Graph, features: str, known: Known) -> None:
    """In double precision: one less a cosine, and a distance of what is alike, would lose most of their digits."""

    def constant(name: str, value: Any) -> str:
        return graph.constant(f"known.{name}", np.asarray(value, np.float64))

    def logarithm(value: str) -> str:
        return graph.add("Log", graph.add("Max", value, least))

    least = constant("least", LEAST)
    means = known.means.astype(np.float64)
    queries = graph.add("Cast", features, to=TensorProto.DOUBLE)
    last, inner = graph.constant("known.last", np.array([1])), graph.constant("known.inner", np.array([2]))
    apart = graph.add("Sub", graph.add("Unsqueeze", queries, last), constant("means", means))
    distances = graph.add("ReduceSum", graph.add("Mul", apart, apart), inner, keepdims=0)
    nearest = graph.add("ArgMin", distances, axis=1, keepdims=0)
    lengths = graph.add("ReduceSum", graph.add("Mul", queries, queries), last)
    products = graph.add("MatMul", queries, constant("transposed", means.T))
    squares = graph.add("Mul", lengths, constant("squares", (means**2).sum(1)))
    cosines = graph.add("Div", products, graph.add("Sqrt", graph.add("Max", squares, least)))
    likeliest = graph.add("ReduceMax", cosines, axes=[1], keepdims=0)
    parts = [
        graph.add("Gather", constant("offset", known.offset), nearest),
        graph.add(
            "Mul", logarithm(graph.add("ReduceMin", distances, axes=[1], keepdims=0)), constant("w0", known.weight[0])
        ),
        graph.add("Mul", logarithm(graph.add("Sub", constant("one", 1), likeliest)), constant("w1", known.weight[1])),
    ]
    logit = graph.add("Cast", graph.add("Sum", *parts), to=TensorProto.FLOAT)
    graph.add("Sigmoid", logit, output="known")


def _with_support(graph: _Graph, support: Array) -> str:
    """Each glyph as the last slice of a volume, (n, 1, support + 1, 28, 28), whose others are the support.

    Instance norm, which is over all of a volume, is then batch norm over the support and this glyph.
    """
    shape = graph.constant("shape", np.array([1, len(support), SIDE, SIDE]))
    shape = graph.add("Concat", graph.add("Shape", "glyphs", end=1), shape, axis=0)
    repeated = graph.add("Expand", graph.constant("support", support.swapaxes(0, 1)[None]), shape)
    slices = graph.add("Unsqueeze", "glyphs", graph.constant("axis", np.array([2])))
    return graph.add("Concat", repeated, slices, axis=2)


def _blocks(graph: _Graph, network: PlainNetwork, images: str, depth: list[int]) -> str:
    """All blocks one after another; `depth` is that of kernels and windows in volumes, whose slices stay apart."""
    for number, block in enumerate(network.blocks):
        name = f"block{number}"
        kernel = block.weight.reshape(*block.weight.shape[:2], *depth, 3, 3)
        weight, bias = graph.constant(f"{name}.weight", kernel), graph.constant(f"{name}.bias", block.bias)
        padding = [0 for _ in depth] + [1, 1]
        how: dict[str, Any] = {
            "kernel_shape": [*depth, 3, 3],
            "strides": [*depth, *[network.stride] * 2],
            "pads": padding * 2,
        }
        if block.scale is None:
            images = graph.add("Conv", images, weight, bias, **how)
        else:
            images = graph.add("Conv", images, weight, **how)
            scale = graph.constant(f"{name}.scale", block.scale)
            images = graph.add("InstanceNormalization", images, scale, bias, epsilon=EPSILON)
        images = graph.add("Relu", images)
        if network.pool:
            images = graph.add("MaxPool", images, kernel_shape=[*depth, 2, 2], strides=[*depth, 2, 2])
    return images
