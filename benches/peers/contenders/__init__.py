"""All contenders, in the order of the tables. A new one is a file here and a line below."""

from __future__ import annotations

from contenders import jax_jit, kullback, num_kong, numpy_scipy, pytorch
from contenders.contender import Contender
from contenders.kullback import Worker


def everyone(worker: Worker) -> list[Contender]:
    return [
        *kullback.contenders(worker),
        *numpy_scipy.contenders(),
        *pytorch.contenders(worker.threads),
        *jax_jit.contenders(worker.threads),
        *num_kong.contenders(),
    ]
