"""NumKong: one thread by design; matrices are scored row against row in one call."""

from __future__ import annotations

import numkong
import numpy as np

from contenders.contender import Contender, InProcess

VERSION = f"NumKong {numkong.__version__}"


def contenders() -> list[Contender]:
    return [
        Contender(
            "NumKong kld",
            VERSION,
            "kl",
            "numkong.kld(p, q)",
            1,
            lambda o: InProcess(lambda: numkong.kld(o.p, o.q)),
        ),
        Contender(
            "NumKong jsd",
            VERSION,
            "js",
            "np.asarray(numkong.jsd(p, q)) ** 2",
            1,
            lambda o: InProcess(lambda: np.asarray(numkong.jsd(o.p, o.q)) ** 2),
        ),
    ]
