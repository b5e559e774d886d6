"""The peak memory of one engine, alone in this process: `python -m tests.benchmarks.memory ENGINE CONFIG DEVICE`.

On the CPU it is the resident set's, on a GPU what torch's allocator gave out there.
"""

import json
import subprocess
import sys
from pathlib import Path

import torch

from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from metagui.learn.readiness import get_ready
from tests.benchmarks.cases import OURS, our_learner, sample
from tests.benchmarks.peers import LOOP, Form, InnerLoop, weights_of

_STATUS = Path("/proc/self/status")


def peak_memory(engine: str, config: TrainingConfig, device: torch.device) -> dict[str, int]:
    """Bytes in a process of the engine's own: "peak", and how much "more" that is than before the first meta-step."""
    asked = [engine, json.dumps(config.to_json()), device.type]
    command = [sys.executable, "-m", "tests.benchmarks.memory", *asked]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    measured: dict[str, int] = json.loads(done.stdout)
    return measured


def _resident(peak: bool) -> int:
    """Bytes of this process in memory, now or at most so far."""
    if _STATUS.exists():
        # Not getrusage, whose peak a process on Linux takes over from the one that started it.
        field = "VmHWM:" if peak else "VmRSS:"
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024
    import resource

    # Elsewhere only the peak is to be had without another package; importing and drawing hold nearly all they took.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _measure(engine: str, config: TrainingConfig, device: torch.device) -> dict[str, int]:
    episodes = sample(config).to(device)
    if engine == OURS:
        learner = our_learner(config, device)
        for _ in get_ready():  # what the compiler loads is held as imports are
            pass

        def step() -> object:
            return learner.meta_gradient(episodes)

    else:
        weights = [weight.to(device) for weight in weights_of(make_learner(config).network)]
        step = LOOP.prepare(weights, episodes, InnerLoop(config.inner_steps, config.inner_lr), Form(False, True))
    on_gpu = device.type == "cuda"
    before = torch.cuda.memory_allocated(device) if on_gpu else _resident(peak=False)
    for _ in range(2):  # in the second the first one's gradients are held, as in training
        step()
    peak = torch.cuda.max_memory_allocated(device) if on_gpu else _resident(peak=True)
    return {"peak": peak, "more": peak - before}


if __name__ == "__main__":
    name, values, device_name = sys.argv[1:]
    print(json.dumps(_measure(name, TrainingConfig.from_json(json.loads(values)), torch.device(device_name))))
