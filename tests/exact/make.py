"""Writes values.txt, elements.txt and generators.txt: pairs of rows with exact scores, from arbitrary precision.

    pip install mpmath numpy gmpy2
    python make.py

Everything is computed here from the definitions, in 80 digits (500 for f64) and in the plainest
form, so that it shares no idea with what it checks. It takes some minutes; without gmpy2 the result
is the same and takes longer. The files read as follows; `#` starts a comment.

    pair NAME
    p ENCODING[@ELEMENT][:TEMPERATURE] SEGMENT...
    q ENCODING[@ELEMENT][:TEMPERATURE] SEGMENT...
    MEASURE UNIT SUPPORT SCORE          one line a case; SCORE is `inf` or a decimal number

An element is the type of the values: f16, bf16 or f64, and f32 where none is named, as everywhere
in values.txt. A segment is one of
    HEX            bits of the values, 8 digits each (f16 and bf16: 4, f64: 16)
    HEX*COUNT      the same values COUNT times over
    ~SEED:LOW:SPAN:COUNT            f32 only: COUNT values with the bits LOW + floor(x SPAN / 2^32),
                                    x from xorshift32 (13, 17, 5) started at SEED, LOW in
                                    hexadecimal
    ~SEED:LOW:SPAN:COUNT+SEED2:J    the same with floor(y (2 J + 1) / 2^32) - J added to the bits, y
                                    from a second xorshift32 started at SEED2

Measures that know no unit are asked in nats; expressions of generators have no blanks. A score is what the definition gives: it may be beyond
f32, and beyond f64 too, and is `inf` only where the definition says so.
"""

from pathlib import Path

import numpy as np

import elements
import generators
import values
from asked import File


def main():
    for part, seed in ((values, 1951), (elements, 1948), (generators, 1967)):
        rng = np.random.default_rng(seed)
        file = File()
        for pairs in part.PAIRS:
            pairs(file, rng)
        file.write(Path(__file__).with_name(f"{part.__name__}.txt"))


if __name__ == "__main__":
    main()
