"""MAML and its family written once more, as the papers read: one task after the other, with torch's own layers."""

import torch
from torch import Tensor
from torch.nn import functional as F


def encode(parameters: dict[str, Tensor], images: Tensor, architecture: str, reference: int, running=None) -> Tensor:
    """Features of (images, 1, 28, 28), in the order (height, width, channel).

    Normalised by the first `reference` images, or by `running` means and variances of each block.
    """
    blocks = 2 if architecture == "conv2" else 4
    for block in range(blocks):
        kernel = parameters[f"kernel{block}"]
        kernel = kernel.view(3, 3, -1, kernel.shape[1]).permute(3, 2, 0, 1)
        images = F.conv2d(images, kernel, stride=2 if architecture == "conv4-stride" else 1, padding=1)
        mean = images[:reference].mean((0, 2, 3), keepdim=True)
        variance = images[:reference].var((0, 2, 3), keepdim=True, unbiased=False)
        if running:
            mean, variance = (moments[0, block].view(1, -1, 1, 1) for moments in running)
        scale, shift = parameters[f"scale{block}"], parameters[f"shift{block}"]
        images = (images - mean) / (variance + 1e-5).sqrt() * scale[:, None, None] + shift[:, None, None]
        images = F.relu(images)
        if architecture != "conv4-stride":
            images = F.max_pool2d(images, 2)
    return images.permute(0, 2, 3, 1).flatten(1)


def query_loss(network, architecture, head, norm, task, way, steps, rate, first_order, head_only, weights) -> Tensor:
    """The query losses of one task after the last inner steps, weighed, with their graph."""
    support, labels, query, query_labels = task
    count = len(support)

    def of_step(step: int) -> dict[str, Tensor]:
        """Batch norm's scales and shifts where each step has its own."""
        return {name: value[step] for name, value in network.scales.items()}

    encoder = dict(network.encoder.items())
    running = (network.running.mean, network.running.variance) if norm == "frozen" else None
    match head:
        case "shared" | "cosine":  # whose common vector is held: no loss depends on it
            weight = torch.stack([network.head.weight.detach()] * way).requires_grad_()
            bias = torch.zeros(way, dtype=support.dtype).requires_grad_()
        case "fixed":
            weight, bias = network.head.weight, network.head.bias
        case "prototype":
            features = encode(encoder | of_step(0), support, architecture, count, running)
            prototypes = torch.stack([features[labels == label].mean(0) for label in range(way)])
            weight, bias = 2 * prototypes, -(prototypes**2).sum(1)
    # Copies, so that the gradient by the encoder does not flow through a head that was made from it.
    values = {name: value * 1 for name, value in encoder.items()} | {"head.weight": weight * 1, "head.bias": bias * 1}
    adapted = [name for name in values if name.startswith("head") or not head_only]

    def classified(features: Tensor, now: dict[str, Tensor]) -> Tensor:
        if head == "cosine":
            apart = features - network.head.centre
            features = network.head.log_scale.exp() * apart / (apart.pow(2).sum(1, keepdim=True) + 1e-6).sqrt()
        return F.linear(features, now["head.weight"], now["head.bias"])

    losses = []
    for step in range(steps + 1):
        now = values | of_step(step)
        if norm == "support":
            features = encode(now, torch.cat([support, query]), architecture, count)[count:]
        else:
            features = encode(now, query, architecture, len(query), running)
        losses.append(F.cross_entropy(classified(features, now), query_labels))
        if step < steps:
            features = encode(now, support, architecture, count, running)
            logits = classified(features, now)
            gradients = torch.autograd.grad(
                F.cross_entropy(logits, labels), [values[name] for name in adapted], create_graph=not first_order
            )
            moved = {
                name: values[name] - rate(name, step) * gradient
                for name, gradient in zip(adapted, gradients, strict=True)
            }
            values = values | moved
    return sum(loss * weight for loss, weight in zip(losses[-len(weights) :], weights, strict=True))


def meta_gradient(
    network, architecture, head, norm, episodes, way, steps, rate, first_order=False, head_only=False, weights=(1.0,)
):
    """Mean query loss over the tasks, and its gradient by the network's parameters.

    `rate` is a number, or gives that of a parameter's name and a step; `weights` are those of the last steps' losses.
    """
    rates = rate if callable(rate) else lambda name, step: rate
    losses = [
        query_loss(network, architecture, head, norm, task, way, steps, rates, first_order, head_only, weights)
        for task in zip(episodes.support, episodes.support_labels, episodes.query, episodes.query_labels, strict=True)
    ]
    loss = torch.stack(losses).mean()
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return loss.item(), [
        torch.zeros_like(parameter) if gradient is None else gradient
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]
