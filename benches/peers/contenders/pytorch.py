"""PyTorch as one calls it, and the same compiled to C++ by `torch.compile`: all threads."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch._dynamo
from torch.nn import functional

from contenders.contender import Contender, InProcess
from rows import Operands

Formula = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

VERSION = f"PyTorch {torch.__version__}"


def kl_div(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return functional.kl_div(q.log(), p, reduction="none").sum(1)


def kl(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return (p * (p / q).log()).sum(1)


def js(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum(1)


def kl_div_of_logits(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    log_p, log_q = torch.log_softmax(p, 1), torch.log_softmax(q, 1)
    return functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(1)


def kl_of_logits(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    log_p, log_q = torch.log_softmax(p, 1), torch.log_softmax(q, 1)
    return (log_p.exp() * (log_p - log_q)).sum(1)


def eager(formula: Formula) -> Callable[[Operands], InProcess]:
    def prepare(operands: Operands) -> InProcess:
        p, q = torch.from_numpy(operands.p), torch.from_numpy(operands.q)

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return formula(p, q)

        return InProcess(call, torch.Tensor.numpy)

    return prepare


def compiled(formula: Formula) -> Callable[[Operands], InProcess]:
    def prepare(operands: Operands) -> InProcess:
        # For this very shape, of which there are many.
        made = torch.compile(formula, dynamic=False)
        eager(made)(operands).seconds()

        def call(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
            # Never within a repetition.
            with torch.compiler.set_stance("fail_on_recompile"):
                return made(p, q)

        return eager(call)(operands)

    return prepare


def contenders(threads: int) -> list[Contender]:
    torch.set_num_threads(threads)
    # Else it gives up on a function after a few shapes.
    torch._dynamo.config.recompile_limit = 1000

    def of(name: str, task: str | None, formula: str, prepare: Callable[[Operands], InProcess]) -> Contender:
        return Contender(name, VERSION, task, formula, threads, prepare)

    js_formula = "m = 0.5 * (p + q); 0.5 * (p * (p / m).log() + q * (q / m).log()).sum(1)"
    logits = "log_p, log_q = log_softmax(p, 1), log_softmax(q, 1)"
    by_kl_div = f"{logits}; F.kl_div(log_q, log_p, reduction='none', log_target=True).sum(1)"
    return [
        of("PyTorch F.kl_div", "kl", "F.kl_div(q.log(), p, reduction='none').sum(1)", eager(kl_div)),
        of("torch.compile", "kl", "(p * (p / q).log()).sum(1)", compiled(kl)),
        of("PyTorch", "js", js_formula, eager(js)),
        of("torch.compile", "js", js_formula, compiled(js)),
        of("PyTorch F.kl_div", "kl-logits", by_kl_div, eager(kl_div_of_logits)),
        of("torch.compile", "kl-logits", f"{logits}; (log_p.exp() * (log_p - log_q)).sum(1)", compiled(kl_of_logits)),
        of("sum, PyTorch", None, "p.sum(), q.sum()", eager(lambda p, q: torch.stack((p.sum(), q.sum())))),
    ]
