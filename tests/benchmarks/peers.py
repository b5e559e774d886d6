"""The same second-order meta-gradient by other means, each as one who knows the tool would write it for speed.

MAML as its paper has it: conv4 of 64 channels with stride 2, batch norm by the statistics of the batch at hand, and a
linear head of its own for each class. All peers share the network and differ in how they take the inner steps and their
tasks. A peer is prepared once, outside of any clock, and gives a call that returns the mean query loss in nats and its
gradients, ordered as the weights are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import grad, vmap
from torch.nn import functional as F

from metagui.data.episodes import Episodes

BLOCKS, CHANNELS = 4, 64
_EPSILON = 1e-5  # of batch norm, torch's own

Result = tuple[float, list[Tensor]]
Step = Callable[[], Result]


@dataclass(frozen=True)
class InnerLoop:
    steps: int
    rate: float


@dataclass(frozen=True)
class Form:
    """What a peer may choose freely without a change of the arithmetic's meaning."""

    channels_last: bool
    fused_norm: bool  # F.batch_norm; else the same written out
    chunk: int = 1  # tasks adapted together

    def __str__(self) -> str:
        layout = "channels last" if self.channels_last else "channels first"
        norm = "fused norm" if self.fused_norm else "norm written out"
        return f"{layout}, {norm}" + (f", {self.chunk} tasks at once" if self.chunk > 1 else "")


def weights_of(network: nn.Module, gradients: bool = False) -> list[Tensor]:
    """Copies of our network's weights, or of their gradients, in torch's own layout.

    For each block the kernel (out, in, row, column), scale and shift; then the head's weight (way, features), its
    features ordered by channel, row and column, and bias.
    """

    def value(parameter: Tensor) -> Tensor:
        return (parameter.grad if gradients else parameter).detach()

    found = []
    for block in range(BLOCKS):
        kernel = value(network.encoder[f"kernel{block}"])
        found.append(kernel.view(3, 3, -1, CHANNELS).permute(3, 2, 0, 1))
        found += [value(network.encoder[f"{name}{block}"]) for name in ("scale", "shift")]
    head = value(network.head.weight)
    found.append(head.view(len(head), 2, 2, CHANNELS).permute(0, 3, 1, 2).flatten(1))
    found.append(value(network.head.bias))
    return [tensor.clone(memory_format=torch.contiguous_format) for tensor in found]


def loop(weights: list[Tensor], episodes: Episodes, inner: InnerLoop, form: Form) -> Step:
    """One task after the other, in plain torch."""
    weights, tasks = _leaves(weights, form), _tasks(episodes, form)

    def query_loss(support: Tensor, labels: Tensor, query: Tensor, query_labels: Tensor) -> Tensor:
        adapted = weights
        for _ in range(inner.steps):
            loss = F.cross_entropy(_logits(adapted, support, form), labels)
            gradients = torch.autograd.grad(loss, adapted, create_graph=True)
            adapted = _descended(adapted, gradients, inner.rate)
        return F.cross_entropy(_logits(adapted, query, form), query_labels)

    return lambda: _accumulated(query_loss, tasks, weights)


def higher(weights: list[Tensor], episodes: Episodes, inner: InnerLoop, form: Form) -> Step:
    """Grefenstette et al. 2019: a module and an optimizer made functional within a context."""
    from higher import innerloop_ctx

    module, tasks = _module(weights, form), _tasks(episodes, form)
    optimizer = torch.optim.SGD(module.parameters(), lr=inner.rate)

    def query_loss(support: Tensor, labels: Tensor, query: Tensor, query_labels: Tensor) -> Tensor:
        with innerloop_ctx(module, optimizer, copy_initial_weights=False) as (adapted, inner_optimizer):
            for _ in range(inner.steps):
                inner_optimizer.step(F.cross_entropy(adapted(support), labels))
            return F.cross_entropy(adapted(query), query_labels)

    return lambda: _accumulated(query_loss, tasks, list(module.parameters()))


def torchopt(weights: list[Tensor], episodes: Episodes, inner: InnerLoop, form: Form) -> Step:
    """Ren et al. 2023, by its functional optimizer, which was no slower than its MetaSGD around a module."""
    from torchopt import apply_updates, sgd

    leaves, tasks = tuple(_leaves(weights, form)), _tasks(episodes, form)
    optimizer = sgd(inner.rate)

    def query_loss(support: Tensor, labels: Tensor, query: Tensor, query_labels: Tensor) -> Tensor:
        adapted, state = leaves, optimizer.init(leaves)
        for _ in range(inner.steps):
            loss = F.cross_entropy(_logits(adapted, support, form), labels)
            gradients = torch.autograd.grad(loss, adapted, create_graph=True)
            updates, state = optimizer.update(gradients, state, params=adapted, inplace=False)
            adapted = apply_updates(adapted, updates, inplace=False)
        return F.cross_entropy(_logits(adapted, query, form), query_labels)

    return lambda: _accumulated(query_loss, tasks, leaves)


def vectorised(weights: list[Tensor], episodes: Episodes, inner: InnerLoop, form: Form) -> Step:
    """torch.func: one task's loss, vectorised over as many tasks at once as run fastest."""
    weights = _leaves(weights, form)

    def support_loss(adapted: list[Tensor], support: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(_logits(adapted, support, form), labels)

    def query_loss(
        initial: list[Tensor], support: Tensor, labels: Tensor, query: Tensor, query_labels: Tensor
    ) -> Tensor:
        adapted = initial
        for _ in range(inner.steps):
            adapted = _descended(adapted, grad(support_loss)(adapted, support, labels), inner.rate)
        return F.cross_entropy(_logits(adapted, query, form), query_labels)

    together = vmap(query_loss, in_dims=(None, 0, 0, 0, 0))
    chunks = [
        (weights, part.support, part.support_labels, part.query, part.query_labels)
        for part in (episodes[first : first + form.chunk] for first in range(0, len(episodes), form.chunk))
    ]
    return lambda: _accumulated(lambda *chunk: together(*chunk).sum(), chunks, weights, len(episodes))


@dataclass(frozen=True)
class Peer:
    name: str
    package: str
    prepare: Callable[[list[Tensor], Episodes, InnerLoop, Form], Step]
    chunks: tuple[int, ...] = (1,)  # numbers of tasks at once that are tried

    @property
    def loops(self) -> bool:
        return self.chunks == (1,)

    def forms(self, tasks: int) -> list[Form]:
        # Under vmap F.batch_norm leaves a part of the second derivatives out (torch 2.15: a meta-gradient off by 2e-3
        # even in double precision, with equal losses), so that there only the norm written out is right.
        norms = (True, False) if self.loops else (False,)
        return [
            Form(channels_last, fused_norm, chunk)
            for channels_last in (False, True)
            for fused_norm in norms
            for chunk in self.chunks
            if chunk <= tasks
        ]


LOOP = Peer("plain task loop", "torch", loop)
VECTORISED = Peer("torch.func.vmap", "torch", vectorised, chunks=(4, 8, 16, 32))
PEERS = (LOOP, Peer("higher", "higher", higher), Peer("torchopt", "torchopt", torchopt), VECTORISED)


def _logits(weights: list[Tensor] | tuple[Tensor, ...], images: Tensor, form: Form) -> Tensor:
    """(images, 1, 28, 28) → (images, way)."""
    norm = _fused_norm if form.fused_norm else _written_norm
    for block in range(BLOCKS):
        kernel, scale, shift = weights[3 * block : 3 * block + 3]
        images = F.relu(norm(F.conv2d(images, kernel, stride=2, padding=1), scale, shift))
    return F.linear(images.flatten(1), *weights[3 * BLOCKS :])


def _fused_norm(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return F.batch_norm(images, None, None, scale, shift, training=True)


def _written_norm(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    variance, mean = torch.var_mean(images, (0, 2, 3), correction=0)
    factor = scale * torch.rsqrt(variance + _EPSILON)
    return torch.addcmul((shift - mean * factor)[:, None, None], images, factor[:, None, None])


class _WrittenNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(CHANNELS))
        self.shift = nn.Parameter(torch.zeros(CHANNELS))

    def forward(self, images: Tensor) -> Tensor:
        return _written_norm(images, self.scale, self.shift)


def _module(weights: list[Tensor], form: Form) -> nn.Module:
    """The network as a module, its parameters in the order of `weights`."""
    layers: list[nn.Module] = []
    for kernel in weights[: 3 * BLOCKS : 3]:
        norm = nn.BatchNorm2d(CHANNELS, track_running_stats=False) if form.fused_norm else _WrittenNorm()
        layers += [nn.Conv2d(kernel.shape[1], CHANNELS, 3, stride=2, padding=1, bias=False), norm, nn.ReLU()]
    way, features = weights[-2].shape
    module = nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, way))
    for parameter, value in zip(module.parameters(), _leaves(weights, form), strict=True):
        parameter.data = value.detach()
    return module


def _arranged(tensor: Tensor, form: Form) -> Tensor:
    layout = torch.channels_last if form.channels_last and tensor.dim() == 4 else torch.contiguous_format
    return tensor.detach().clone(memory_format=layout)


def _leaves(weights: list[Tensor], form: Form) -> list[Tensor]:
    return [_arranged(weight, form).requires_grad_() for weight in weights]


def _tasks(episodes: Episodes, form: Form) -> list[tuple[Tensor, ...]]:
    tasks = zip(episodes.support, episodes.support_labels, episodes.query, episodes.query_labels, strict=True)
    return [tuple(_arranged(tensor, form) for tensor in task) for task in tasks]


def _descended(weights: Iterable[Tensor], gradients: Iterable[Tensor], rate: float) -> list[Tensor]:
    return [torch.sub(weight, gradient, alpha=rate) for weight, gradient in zip(weights, gradients, strict=True)]


def _accumulated(
    loss_of: Callable[..., Tensor],
    parts: list[tuple],
    weights: Iterable[Tensor],
    tasks: int | None = None,
) -> Result:
    """The mean loss over the tasks and its gradients, a graph for each part and no two at a time."""
    weights = list(weights)
    for weight in weights:
        weight.grad = None
    losses = []
    for part in parts:
        loss = loss_of(*part) / (tasks or len(parts))
        loss.backward()
        losses.append(loss.detach())  # read at the end: on a GPU each reading waits for all work before it
    return float(torch.stack(losses).sum()), [weight.grad for weight in weights]
