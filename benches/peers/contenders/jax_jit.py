"""JAX, compiled by `jax.jit`: all threads."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
from jax import numpy as jnp

from contenders.contender import Contender, InProcess
from rows import Operands

Formula = Callable[[jax.Array, jax.Array], jax.Array]

VERSION = f"JAX {jax.__version__}"


def kl(p: jax.Array, q: jax.Array) -> jax.Array:
    return (p * jnp.log(p / q)).sum(1)


def js(p: jax.Array, q: jax.Array) -> jax.Array:
    m = 0.5 * (p + q)
    return 0.5 * (p * jnp.log(p / m) + q * jnp.log(q / m)).sum(1)


def kl_of_logits(p: jax.Array, q: jax.Array) -> jax.Array:
    log_p, log_q = jax.nn.log_softmax(p, 1), jax.nn.log_softmax(q, 1)
    return (jnp.exp(log_p) * (log_p - log_q)).sum(1)


def jitted(formula: Formula) -> Callable[[Operands], InProcess]:
    def prepare(operands: Operands) -> InProcess:
        p, q = (jax.block_until_ready(jax.device_put(values)) for values in (operands.p, operands.q))
        compiled = jax.jit(formula).lower(p, q).compile()
        return InProcess(lambda: compiled(p, q).block_until_ready(), np.asarray)

    return prepare


def contenders(threads: int) -> list[Contender]:
    def of(task: str, formula: str, function: Formula) -> Contender:
        return Contender("JAX jit", VERSION, task, formula, threads, jitted(function))

    return [
        of("kl", "(p * jnp.log(p / q)).sum(1)", kl),
        of("js", "m = 0.5 * (p + q); 0.5 * (p * jnp.log(p / m) + q * jnp.log(q / m)).sum(1)", js),
        of(
            "kl-logits",
            "log_p, log_q = log_softmax(p, 1), log_softmax(q, 1); (jnp.exp(log_p) * (log_p - log_q)).sum(1)",
            kl_of_logits,
        ),
    ]
