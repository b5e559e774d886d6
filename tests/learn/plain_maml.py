"""MAML written once more, as the paper reads: one task after the other, torch's own layers, no code of the package."""

import torch
from torch import Tensor
from torch.nn import functional as F


def encode(parameters: dict[str, Tensor], images: Tensor, architecture: str, reference: int) -> Tensor:
    """Features of (images, 1, 28, 28), in the order (height, width, channel)."""
    blocks = 2 if architecture == "conv2" else 4
    for block in range(blocks):
        kernel = parameters[f"kernel{block}"]
        kernel = kernel.view(3, 3, -1, kernel.shape[1]).permute(3, 2, 0, 1)
        images = F.conv2d(images, kernel, stride=2 if architecture == "conv4-stride" else 1, padding=1)
        mean = images[:reference].mean((0, 2, 3), keepdim=True)
        variance = images[:reference].var((0, 2, 3), keepdim=True, unbiased=False)
        scale, shift = parameters[f"scale{block}"], parameters[f"shift{block}"]
        images = (images - mean) / (variance + 1e-5).sqrt() * scale[:, None, None] + shift[:, None, None]
        images = F.relu(images)
        if architecture != "conv4-stride":
            images = F.max_pool2d(images, 2)
    return images.permute(0, 2, 3, 1).flatten(1)


def query_loss(network, architecture, head, norm, task, way, steps, rate, first_order) -> Tensor:
    """The query loss of one task after adaptation, with its graph."""
    support, labels, query, query_labels = task
    count = len(support)
    encoder = dict(network.encoder.items())
    match head:
        case "shared":
            weight, bias = torch.stack([network.head.weight] * way), torch.zeros(way, dtype=support.dtype)
            bias.requires_grad_()
        case "fixed":
            weight, bias = network.head.weight, network.head.bias
        case "prototype":
            features = encode(encoder, support, architecture, count)
            prototypes = torch.stack([features[labels == label].mean(0) for label in range(way)])
            weight, bias = 2 * prototypes, -(prototypes**2).sum(1)
    names = [*encoder, "weight", "bias"]
    # Copies, so that the gradient by the encoder does not flow through a head that was made from it.
    values = [value * 1 for value in (*encoder.values(), weight, bias)]
    for _ in range(steps):
        parameters = dict(zip(names, values, strict=True))
        logits = F.linear(encode(parameters, support, architecture, count), parameters["weight"], parameters["bias"])
        gradients = torch.autograd.grad(F.cross_entropy(logits, labels), values, create_graph=not first_order)
        values = [value - rate * gradient for value, gradient in zip(values, gradients, strict=True)]
    parameters = dict(zip(names, values, strict=True))
    if norm == "support":
        features = encode(parameters, torch.cat([support, query]), architecture, count)[count:]
    else:
        features = encode(parameters, query, architecture, len(query))
    return F.cross_entropy(F.linear(features, parameters["weight"], parameters["bias"]), query_labels)


def meta_gradient(network, architecture, head, norm, episodes, way, steps, rate, first_order=False):
    """Mean query loss over the tasks, and its gradient by the network's parameters."""
    losses = [
        query_loss(network, architecture, head, norm, task, way, steps, rate, first_order)
        for task in zip(episodes.support, episodes.support_labels, episodes.query, episodes.query_labels, strict=True)
    ]
    loss = torch.stack(losses).mean()
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return loss.item(), [
        torch.zeros_like(parameter) if gradient is None else gradient
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]
