// Exponentials of rows that have one block a team stay in registers from one pass to the next. No array, since one
// that is indexed at run time lies in memory.

var<private> kept_0: Exponentials;
var<private> kept_1: Exponentials;
var<private> kept_2: Exponentials;
var<private> kept_3: Exponentials;

fn mass_blocks() -> vec4<u32> {
    let first = team * BLOCK_QUADS + slot;
    let quads = quads_of_row();
    var sums = quad_zero(MASS);
    if first < quads {
        kept_0 = quad_exponentials(quad_words(first));
        sums = mass_quad(sums, kept_0);
    }
    if first + FOLD_QUADS < quads {
        kept_1 = quad_exponentials(quad_words(first + FOLD_QUADS));
        sums = mass_quad(sums, kept_1);
    }
    if first + 2u * FOLD_QUADS < quads {
        kept_2 = quad_exponentials(quad_words(first + 2u * FOLD_QUADS));
        sums = mass_quad(sums, kept_2);
    }
    if first + 3u * FOLD_QUADS < quads {
        kept_3 = quad_exponentials(quad_words(first + 3u * FOLD_QUADS));
        sums = mass_quad(sums, kept_3);
    }
    return quad_merge(MASS, sums);
}

fn score_blocks() -> vec4<u32> {
    let first = team * BLOCK_QUADS + slot;
    let quads = quads_of_row();
    var sums = quad_zero(SCORE);
    if first < quads {
        sums = score_quad(sums, quad_words(first), kept_0);
    }
    if first + FOLD_QUADS < quads {
        sums = score_quad(sums, quad_words(first + FOLD_QUADS), kept_1);
    }
    if first + 2u * FOLD_QUADS < quads {
        sums = score_quad(sums, quad_words(first + 2u * FOLD_QUADS), kept_2);
    }
    if first + 3u * FOLD_QUADS < quads {
        sums = score_quad(sums, quad_words(first + 3u * FOLD_QUADS), kept_3);
    }
    return quad_merge(SCORE, sums);
}
