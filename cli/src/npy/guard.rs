//! A check of the header's text before it reaches the parser.
//!
//! The header is a Python dictionary, and the parser behind `npyz` reads any Python literal: brackets
//! in brackets cost it time exponential in their depth, and it multiplies the dimensions unchecked.
//! The text of a real header is tiny and plain, so anything else is refused here.

/// Deepest nesting of a real header: dictionary, list of fields, field, shape of the field.
const MAX_DEPTH: usize = 4;

/// Refuses text that no array's header has and that the parser should not see.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn check(text: &[u8]) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut product = 1_u64;
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'\'' | b'"' => rest = skip_string(first, rest)?,
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err("brackets are nested too deeply".to_owned());
                }
            }
            b'}' | b']' | b')' => {
                depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| "a closing bracket has no opening one".to_owned())?;
            }
            b':' | b',' | b' ' | b'\t' | b'\n' => {}
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                let length = 1 + rest
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric())
                    .count();
                let word = &text[text.len() - rest.len() - 1..][..length];
                rest = &rest[length - 1..];
                product = check_word(word, product)?;
            }
            other => return Err(format!("unexpected `{}`", other.escape_ascii())),
        }
    }
    Ok(())
}

/// The text behind the string whose opening quote was just read.
fn skip_string(quote: u8, rest: &[u8]) -> Result<&[u8], String> {
    let end = rest
        .iter()
        .position(|&b| b == quote || b == b'\\' || b == b'\n')
        .ok_or_else(|| "a string has no end".to_owned())?;
    if rest[end] != quote {
        return Err("a string holds an escape or a line break".to_owned());
    }
    let behind = &rest[end + 1..];
    if end == 0 && behind.first() == Some(&quote) {
        return Err("a triple quote".to_owned());
    }
    Ok(behind)
}

/// Admits `True`, `False`, `None` and whole numbers; keeps the product of the numbers within u64.
fn check_word(word: &[u8], product: u64) -> Result<u64, String> {
    if matches!(word, b"True" | b"False" | b"None") {
        return Ok(product);
    }
    let text = String::from_utf8_lossy(word);
    if !word.iter().all(u8::is_ascii_digit) {
        return Err(format!("unexpected `{text}`"));
    }
    text.parse::<u64>()
        .ok()
        .and_then(|number| product.checked_mul(number.max(1)))
        .ok_or_else(|| "the dimensions are larger than any file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn real_headers_pass() {
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }          \n",
            "{\"descr\": \"<f4\", \"fortran_order\": True, \"shape\": (0,), }",
            "{'descr': [('a', '<f4', (2,)), ('b', '|O')], 'fortran_order': False, 'shape': (), }",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn hostile_text_is_refused() {
        let deep = format!("{{'descr': {}{}}}", "[".repeat(40), "]".repeat(40));
        for text in [
            deep.as_str(),
            "{'shape': (9223372036854775807, 9223372036854775807)}",
            "{'shape': (99999999999999999999999, 1)}",
            "{'shape': (0x7fffffffffffffff, 1)}",
            "{'shape': (-1, 1)}",
            "{'shape': (1.5, 1)}",
            "{'shape: (1, 1)}",
            "{'sh\\x61pe': (1, 1)}",
            "{'''shape''': (1, 1)}",
            "{b'shape': (1, 1)}",
            "}",
            "{'shape': (1, 1)}\0",
            "{'descr': '\n'}",
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
    }
}
