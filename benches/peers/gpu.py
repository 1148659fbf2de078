#!/usr/bin/env python3
"""Times what a user of a CUDA card would pick instead, on rows such as those of `kullback bench`.

    python3 benches/peers/gpu.py [--k 16,256,1024,131072] [--mib 1024] [--json FILE]

Needs PyTorch with CUDA and Triton; CuPy and Liger are measured where they are installed. Rates are bytes of P
and Q, each counted once, over the median time of the kernel, with both matrices on the card. The roof is the
better of two plain sums of both. The error of a peer is the largest relative error of its scores of four rows,
of one beyond K = 4096, against arbitrary precision (mpmath, 40 digits).
"""

import argparse
import json
import math
import multiprocessing
import sys

import mpmath
import torch
import torch._dynamo
import triton
import triton.language as tl
from triton.testing import do_bench

CHECKED_ROWS = 4
mpmath.mp.dps = 40


def near_rows(rows, k, encoding, seed=1):
    """Pairs of near rows: logits from a bell curve, and the same moved by up to 1/8."""
    generator = torch.Generator(device="cuda").manual_seed(seed)
    p = torch.randn(rows, k, device="cuda", generator=generator).clamp_(-3.5, 3.5)
    q = p + 0.25 * (torch.rand(rows, k, device="cuda", generator=generator) - 0.5)
    if encoding == "probabilities":
        for matrix in (p, q):
            for part in matrix.split(max(1, (1 << 27) // k)):
                part.copy_(torch.softmax(part.double(), 1))
    return p, q


@triton.jit
def _terms(p, q, JS: tl.constexpr):
    if JS:
        m = 0.5 * (p + q)
        return 0.5 * (p * tl.log(p / m) + q * tl.log(q / m))
    return p * tl.log(p / q)


@triton.jit
def _long_rows(p, q, out, k, JS: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    sums = tl.zeros([BLOCK], tl.float32)
    for start in range(0, k, BLOCK):
        at = start + tl.arange(0, BLOCK)
        mask = at < k
        a = tl.load(p + row * k + at, mask=mask, other=1.0)
        b = tl.load(q + row * k + at, mask=mask, other=1.0)
        sums += _terms(a, b, JS)
    tl.store(out + row, tl.sum(sums, 0))


@triton.jit
def _short_rows(p, q, out, rows, k, JS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    bin = tl.arange(0, WIDTH)
    mask = (row < rows)[:, None] & (bin < k)[None, :]
    at = row[:, None] * k + bin[None, :]
    a = tl.load(p + at, mask=mask, other=1.0)
    b = tl.load(q + at, mask=mask, other=1.0)
    tl.store(out + row, tl.sum(_terms(a, b, JS), 1), mask=row < rows)


def triton_rows(js):
    def run(p, q):
        rows, k = p.shape
        out = torch.empty(rows, device=p.device)
        if k <= 1024:
            width = triton.next_power_of_2(k)
            several = max(1, 4096 // width)
            grid = (triton.cdiv(rows, several),)
            _short_rows[grid](p, q, out, rows, k, js, several, width, num_warps=4)
        else:
            _long_rows[(rows,)](p, q, out, k, js, 4096, num_warps=8)
        return out

    return run


def eager_kl(p, q):
    return torch.nn.functional.kl_div(q.log(), p, reduction="none").sum(1)


def plain_kl(p, q):
    return (p * (p / q).log()).sum(1)


def plain_js(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum(1)


def plain_kl_of_logits(p, q):
    log_p, log_q = torch.log_softmax(p, 1), torch.log_softmax(q, 1)
    return (log_p.exp() * (log_p - log_q)).sum(1)


def cupy_kl():
    import cupy

    kernel = cupy.ReductionKernel(
        "T p, T q", "T y", "p * log(p / q)", "a + b", "y = a", "0", "kl_rows"
    )

    def run(p, q):
        return torch.from_dlpack(kernel(cupy.from_dlpack(p), cupy.from_dlpack(q), axis=1))

    return run


def liger_kl():
    from liger_kernel.ops.kl_div import kldiv_forward_triton

    # It takes the logarithm of Q; that is made before the clock starts.
    logs = {}

    def run(p, q):
        if q.data_ptr() not in logs:
            logs.clear()
            logs[q.data_ptr()] = q.log()
        return kldiv_forward_triton(logs[q.data_ptr()], p, False, "sum", 1e-10)

    return run


def peers(encoding, measure):
    """Names, and how to make what runs."""
    if encoding == "logits":
        return {
            "PyTorch": lambda: plain_kl_of_logits,
            "torch.compile": lambda: torch.compile(plain_kl_of_logits, dynamic=False),
        }
    if measure == "js":
        return {
            "torch.compile": lambda: torch.compile(plain_js, dynamic=False),
            "Triton, p log(p/m)": lambda: triton_rows(True),
        }
    return {
        "PyTorch F.kl_div": lambda: eager_kl,
        "torch.compile": lambda: torch.compile(plain_kl, dynamic=False),
        "Triton, p log(p/q)": lambda: triton_rows(False),
        "CuPy ReductionKernel": cupy_kl,
        "Liger KL forward (given ln Q)": liger_kl,
    }


def weight(x, encoding):
    x = mpmath.mpf(x)
    return mpmath.exp(x) if encoding == "logits" else x


def mass_of(part):
    values, encoding = part
    return mpmath.fsum(weight(x, encoding) for x in values)


def terms_of(part):
    p_values, q_values, p_mass, q_mass, encoding, measure = part
    total = mpmath.mpf(0)
    for a, b in zip(p_values, q_values):
        a, b = weight(a, encoding) / p_mass, weight(b, encoding) / q_mass
        if measure == "js":
            m = (a + b) / 2
            total += (a * mpmath.log(a / m) + b * mpmath.log(b / m)) / 2
        else:
            total += a * mpmath.log(a / b)
    return total


def exact(pool, p, q, encoding, measure):
    """The score of two rows in 40 digits, in parts on all processors."""
    parts = range(0, len(p), 4096)
    p, q = p.tolist(), q.tolist()
    masses = [
        mpmath.fsum(pool.map(mass_of, [(row[i : i + 4096], encoding) for i in parts])) for row in (p, q)
    ]
    return mpmath.fsum(
        pool.map(terms_of, [(p[i : i + 4096], q[i : i + 4096], *masses, encoding, measure) for i in parts])
    )


def error(scores, wanted, rows):
    """The largest relative error, or None where a peer gives no score a row."""
    if scores.numel() != rows:
        return None
    found = scores.flatten()[: len(wanted)].double().cpu().tolist()
    worst = max(abs((mpmath.mpf(x) - y) / y) if math.isfinite(x) else math.inf for x, y in zip(found, wanted))
    return float(worst)


def measured(pool, k, mib, encoding, measure):
    rows = mib * (1 << 18) // k
    p, q = near_rows(rows, k, encoding)
    checked = CHECKED_ROWS if k <= 4096 else 1
    pairs = zip(p[:checked].cpu(), q[:checked].cpu())
    wanted = [exact(pool, a, b, encoding, measure) for a, b in pairs]
    size = 2 * p.numel() * p.element_size()
    rate = lambda run: size / (do_bench(run, warmup=20, rep=50, return_mode="median") * 1e6)
    words = p.view(torch.int32), q.view(torch.int32)
    sums = [lambda: (p.sum(), q.sum()), lambda: tuple(x.sum(dtype=torch.int32) for x in words)]
    # Clocks rise while the card works.
    roof = max(max(rate(run) for run in sums) for _ in range(2))
    found = []
    # Else it gives up compiling after a few shapes.
    torch._dynamo.reset()
    for name, make in peers(encoding, measure).items():
        try:
            run = make()
            worst = error(run(p, q), wanted, rows)
            found.append({"peer": name, "gb_per_second": rate(lambda: run(p, q)), "worst_error": worst})
        # Whatever a peer cannot do, the others are still measured.
        except Exception as problem:
            found.append({"peer": name, "failed": f"{type(problem).__name__}: {problem}"[:120]})
    return {"k": k, "rows": rows, "encoding": encoding, "measure": measure, "roof": roof, "peers": found}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--k", default="16,256,1024,131072")
    parser.add_argument("--mib", type=int, default=1024, help="size of each operand")
    parser.add_argument("--json", help="file for the figures")
    arguments = parser.parse_args()
    # Before CUDA, which does not survive a fork.
    pool = multiprocessing.get_context("fork").Pool()
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no CUDA card")
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "triton", triton.__version__)
    figures = []
    for k in map(int, arguments.k.split(",")):
        for encoding, measure in [("probabilities", "kl"), ("probabilities", "js"), ("logits", "kl")]:
            figure = measured(pool, k, arguments.mib, encoding, measure)
            figures.append(figure)
            print(f"\n{measure} of {encoding}, K = {k}, {figure['rows']} rows; roof {figure['roof']:.0f} GB/s")
            for peer in figure["peers"]:
                if "failed" in peer:
                    print(f"  {peer['peer']:<32} {peer['failed']}")
                    continue
                worst = peer["worst_error"]
                accuracy = "no score a row" if worst is None else f"error {worst:.0e}"
                rate = peer["gb_per_second"]
                print(f"  {peer['peer']:<32} {rate:8.0f} GB/s {rate / figure['roof']:6.3f}  {accuracy}", flush=True)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
