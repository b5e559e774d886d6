"""How the outer learning rate changes over a run."""

import math
from collections.abc import Callable

_HALF_LIFE = 2000  # iterations
_LEAST = 0.01  # of the first rate: where the cosine ends (MAML++ goes from 1e-3 to 1e-5)

# The rate as a share of the first one, by the share of the run that is done and by the iterations done.
SCHEDULES: dict[str, Callable[[float, int], float]] = {
    "constant": lambda done, iterations: 1.0,
    # Reptile (Nichol et al. 2018, section 6.1).
    "linear": lambda done, iterations: 1 - done,
    # MAML++ (Antoniou et al. 2019, section 4, CA; Loshchilov & Hutter 2017, eq. 5).
    "cosine": lambda done, iterations: _LEAST + (1 - _LEAST) * (1 + math.cos(math.pi * done)) / 2,
    # Prototypical networks (Snell et al. 2017, section 3.1).
    "halving": lambda done, iterations: 0.5 ** (iterations // _HALF_LIFE),
}
