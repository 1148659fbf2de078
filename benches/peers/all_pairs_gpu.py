"""KL of all pairs on a CUDA card by hand with PyTorch, beside `cargo bench --bench all_pairs_gpu`.

    python benches/peers/all_pairs_gpu.py

Rows are on the card. "product": the bare product in float32, TF32 off. "kl": entropies less the product of P and the
logarithms of Q, as one writes it, logarithms included. "whole": the same from host memory and back to it. The fastest of
some repetitions; errors are the largest of a score relative to it and absolute, against float64.
"""

import time

import torch

SHAPES = [(512, 256), (4096, 256), (4096, 1024), (8192, 256)]
REPETITIONS = 20


def rows(count, k, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = -torch.rand(count, k, generator=generator).clamp_min(1e-7).log()
    return drawn / drawn.sum(1, keepdim=True)


def kl(p, q):
    return (p * p.log()).sum(1, keepdim=True) - p @ q.log().T


def fastest(work):
    work()
    seconds = []
    for _ in range(REPETITIONS):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        work()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begun)
    return min(seconds) * 1e3


def main():
    torch.backends.cuda.matmul.allow_tf32 = False
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "milliseconds")
    for count, k in SHAPES:
        host = [rows(count, k, seed) for seed in (1, 2)]
        p, q = [x.cuda() for x in host]
        exact = kl(p.double(), q.double())
        off = (kl(p, q).double() - exact).abs()
        product = fastest(lambda: p @ q.T)
        own = fastest(lambda: kl(p, q))
        compiled = torch.compile(kl)
        of_compiled = fastest(lambda: compiled(p, q))
        whole = fastest(lambda: kl(*[x.cuda() for x in host]).cpu())
        flops = 2 * count * count * k / (product * 1e-3) / 1e12
        print(
            f"{count:>6} x {count} x {k:<5} product {product:8.3f} ({flops:5.1f} TFLOP/s)  kl {own:8.3f}  "
            f"compiled {of_compiled:8.3f}  whole {whole:8.2f}  off {(off / exact).max():.1e}, {off.max():.1e}"
        )


if __name__ == "__main__":
    main()
