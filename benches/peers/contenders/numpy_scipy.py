"""NumPy and SciPy: one thread."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr

from contenders.contender import Contender, InProcess

NUMPY, SCIPY = f"NumPy {np.__version__}", f"SciPy {scipy.__version__}"


def contenders() -> list[Contender]:
    return [
        Contender(
            "SciPy rel_entr",
            SCIPY,
            "kl",
            "rel_entr(p, q).sum(1)",
            1,
            lambda o: InProcess(lambda: rel_entr(o.p, o.q).sum(1)),
        ),
        Contender(
            "SciPy stats.entropy",
            SCIPY,
            "kl",
            "stats.entropy(p, q, axis=1)",
            1,
            lambda o: InProcess(lambda: stats.entropy(o.p, o.q, axis=1)),
        ),
        Contender(
            "NumPy p log(p/q)",
            NUMPY,
            "kl",
            "(p * np.log(p / q)).sum(1)",
            1,
            lambda o: InProcess(lambda: (o.p * np.log(o.p / o.q)).sum(1)),
        ),
        Contender(
            "SciPy jensenshannon",
            SCIPY,
            "js",
            "jensenshannon(p, q, axis=1) ** 2",
            1,
            lambda o: InProcess(lambda: jensenshannon(o.p, o.q, axis=1) ** 2),
        ),
        Contender(
            "sum, NumPy",
            NUMPY,
            None,
            "p.sum(), q.sum()",
            1,
            lambda o: InProcess(lambda: (o.p.sum(), o.q.sum())),
        ),
    ]
