"""Makes kjv_*.npy and kjv_words.txt: how often each word occurs in each book of the King James Bible, and how many
words and verses each chapter has.

Needs numpy, and the text from Debian's package bible-kjv; writes beside itself:

    apt-get install bible-kjv
    bible -f gen1:1-rev22:21 | python3 make_kjv.py
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

# Words that occur less often in all books together are left out: most are names, and half the file would be theirs.
RAREST = 20

# Such as "1Sm2:10 The adversaries of the LORD shall be broken to pieces".
VERSE = re.compile(r"(\d?[A-Za-z]+)(\d+):\d+ (.*)")

# Letters alone, but for the apostrophe within "king's".
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def read(lines: Iterable[str]) -> tuple[list[Counter], list[list[list[int]]]]:
    """For each book the counts of its words, and the words and verses of each of its chapters."""
    counts: dict[str, Counter] = {}
    chapters: dict[str, dict[str, list[int]]] = {}
    for line in lines:
        verse = VERSE.fullmatch(line.rstrip("\n"))
        assert verse, line
        book, chapter, text = verse.groups()
        words = WORD.findall(text.lower())
        counts.setdefault(book, Counter()).update(words)
        size = chapters.setdefault(book, {}).setdefault(chapter, [0, 0])
        size[0] += len(words)
        size[1] += 1
    return list(counts.values()), [list(sizes.values()) for sizes in chapters.values()]


def check(counts: list[Counter], chapters: list[list[list[int]]]) -> None:
    """What is known of any King James Bible."""
    assert len(counts) == 66
    assert sum(map(len, chapters)) == 1189
    assert sum(verses for book in chapters for _, verses in book) == 31102


def offsets(lengths: Iterable[int]) -> np.ndarray:
    """Where each row begins, and where the last one ends."""
    return np.cumsum([0, *lengths]).astype(np.uint64)


def small(numbers: list[int]) -> np.ndarray:
    """The same numbers in two bytes each."""
    assert max(numbers) < 2**16
    return np.array(numbers, dtype=np.uint16)


def main() -> None:
    counts, chapters = read(sys.stdin)
    check(counts, chapters)
    total = sum(counts, Counter())
    words = sorted(word for word, count in total.items() if count >= RAREST)
    rows = [[(i, book[word]) for i, word in enumerate(words) if word in book] for book in counts]
    kept = sum(total[word] for word in words) / sum(total.values())
    print(f"{len(words)} of {len(total)} words, {100 * kept:.1f} % of the text, {sum(map(len, rows))} counts")

    here = Path(__file__).parent
    np.save(here / "kjv_counts.npy", small([count for row in rows for _, count in row]))
    np.save(here / "kjv_indices.npy", small([i for row in rows for i, _ in row]))
    np.save(here / "kjv_offsets.npy", offsets(map(len, rows)))
    np.save(here / "kjv_chapter_words.npy", small([words for book in chapters for words, _ in book]))
    np.save(here / "kjv_chapter_verses.npy", small([verses for book in chapters for _, verses in book]))
    np.save(here / "kjv_chapter_offsets.npy", offsets(map(len, chapters)))
    (here / "kjv_words.txt").write_text("".join(f"{word}\n" for word in words))


if __name__ == "__main__":
    main()
