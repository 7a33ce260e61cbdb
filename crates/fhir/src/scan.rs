//! Finds the parts of JSON text without parsing it.
//!
//! INVARIANT: the text is known to be well-formed JSON, or what is found is parsed strictly afterwards. On other text
//! the answer is of no use, but there is one, and nothing is read out of bounds.

use std::ops::Range;

use memchr::memchr2;

/// One member of an object: its key as written, without quotes, and where its value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub(crate) key: &'a [u8],
    /// From the key's opening quote to the value's end.
    pub(crate) whole: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// The members found in `text[range]`, which holds an object's members without its braces.
pub(crate) fn members(text: &[u8], range: Range<usize>) -> Vec<Member<'_>> {
    let mut found = Vec::new();
    let mut at = range.start;
    let end = range.end.min(text.len());
    while let Some(start) = skip_to(text, at, end, |byte| byte == b'"') {
        let key_end = string_end(text, start, end);
        let Some(colon) = skip_to(text, key_end, end, |byte| byte == b':') else { break };
        let from = skip_to(text, colon + 1, end, |byte| !byte.is_ascii_whitespace()).unwrap_or(end);
        let upto = value_end(text, from, end);
        let key = text.get(start + 1..key_end.saturating_sub(1)).unwrap_or_default();
        found.push(Member { key, whole: start..upto, value: from..upto });
        at = upto;
    }
    found
}

/// The first `most` items found in `text[range]`, which holds an array's items without its brackets, and whether there
/// are more.
pub(crate) fn items(text: &[u8], range: Range<usize>, most: usize) -> (Vec<Range<usize>>, bool) {
    let mut found = Vec::new();
    let mut at = range.start;
    let end = range.end.min(text.len());
    while let Some(from) = skip_to(text, at, end, |byte| byte != b',' && !byte.is_ascii_whitespace()) {
        if found.len() == most {
            return (found, true);
        }
        let upto = value_end(text, from, end).max(from + 1);
        found.push(from..upto);
        at = upto;
    }
    (found, false)
}

fn skip_to(text: &[u8], from: usize, end: usize, stop: impl Fn(u8) -> bool) -> Option<usize> {
    text.get(from..end)?.iter().position(|byte| stop(*byte)).map(|offset| from + offset)
}

/// The end of the string whose opening quote is at `start`, or `end` where it has none.
pub(crate) fn string_end(text: &[u8], start: usize, end: usize) -> usize {
    let mut at = start + 1;
    while at < end {
        let Some(offset) = memchr2(b'"', b'\\', &text[at..end]) else { break };
        at += offset;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    end
}

fn value_end(text: &[u8], from: usize, end: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < end {
        match text[at] {
            b'"' => {
                at = string_end(text, at, end);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return (at + usize::from(depth == 1)).min(end),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            byte if depth == 0 && byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_members_and_items() {
        let text = br#"{ "a" : {"x":[1,"}"]} , "b\"":"\\", "c": -1e2 ,"d":[ ] }"#;
        let found: Vec<_> = members(text, 1..text.len() - 1)
            .iter()
            .map(|member| (member.key.to_vec(), text[member.value.clone()].to_vec()))
            .collect();
        let expected: [(&[u8], &[u8]); 4] =
            [(b"a", br#"{"x":[1,"}"]}"#), (b"b\\\"", br#""\\""#), (b"c", b"-1e2"), (b"d", b"[ ]")];
        assert_eq!(found, expected.map(|(key, value)| (key.to_vec(), value.to_vec())));
        let text = br#"[1, "a,b" ,{"x":2},[],null]"#;
        let (found, more) = items(text, 1..text.len() - 1, 4);
        let found: Vec<_> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [&b"1"[..], br#""a,b""#, br#"{"x":2}"#, b"[]"]);
        assert!(more);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: Vec<u8>, from in 0_usize..20, upto in 0_usize..40) {
            let _ = members(&text, from..upto);
            let _ = items(&text, from..upto, 10);
        }

        #[test]
        fn nothing_that_looks_like_json_makes_it_panic(text in "[\\\\{}\\[\\]\",: a1]{0,40}") {
            let _ = members(text.as_bytes(), 0..text.len());
            let _ = items(text.as_bytes(), 0..text.len(), 10);
        }
    }
}
