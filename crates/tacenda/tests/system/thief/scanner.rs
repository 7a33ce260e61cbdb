//! Looking for words in bytes, however they may be written.

use std::collections::HashMap;

use super::CONTROL;

/// Looks for many words at once, by their first four bytes.
pub(super) struct Scanner {
    starts: HashMap<[u8; 4], Vec<usize>>,
    /// Whether some word begins with these two bytes.
    pairs: Vec<bool>,
    words: Vec<(Vec<u8>, String)>,
}

impl Scanner {
    pub(super) fn new(needles: &[String]) -> Self {
        let words: Vec<_> = needles.iter().flat_map(|needle| encodings(needle)).collect();
        let mut scanner = Self { starts: HashMap::new(), pairs: vec![false; 1 << 16], words };
        for (index, (word, _)) in scanner.words.iter().enumerate() {
            let start: [u8; 4] = word[..4].try_into().unwrap();
            scanner.starts.entry(start).or_default().push(index);
            scanner.pairs[usize::from(u16::from_be_bytes([word[0], word[1]]))] = true;
        }
        scanner
    }

    /// What is found, each in words that say how it was written.
    pub(super) fn find(&self, text: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, pair) in text.windows(2).enumerate() {
            if !self.pairs[usize::from(u16::from_be_bytes([pair[0], pair[1]]))] {
                continue;
            }
            let rest = &text[at..];
            let start = rest.first_chunk::<4>().and_then(|start| self.starts.get(start));
            for index in start.into_iter().flatten() {
                let (word, name) = &self.words[*index];
                if rest.starts_with(word) {
                    found.push(name.as_str());
                }
            }
        }
        found
    }
}

/// A needle as it would look in each usual encoding. Lower case is among the canary's needles already.
fn encodings(needle: &str) -> Vec<(Vec<u8>, String)> {
    let bytes = needle.as_bytes();
    let hex = data_encoding::HEXLOWER.encode(bytes);
    let utf16: Vec<u16> = needle.encode_utf16().collect();
    let mut all = vec![
        (bytes.to_vec(), "plain".to_owned()),
        (hex.to_uppercase().into_bytes(), "hex".to_owned()),
        (hex.into_bytes(), "hex".to_owned()),
        (utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(), "UTF-16LE".to_owned()),
        (utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(), "UTF-16BE".to_owned()),
    ];
    for before in 0..3 {
        // Base64 of the needle after so many other bytes, without the characters that depend on its neighbours.
        let encoded = data_encoding::BASE64.encode(&[&vec![0; before][..], bytes].concat());
        let first = (before * 8).div_ceil(6);
        let last = (before + bytes.len()) * 8 / 6;
        let whole = &encoded.as_bytes()[first..last];
        all.push((whole.to_vec(), "base64".to_owned()));
        let url: Vec<u8> = whole
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        all.push((url, "base64url".to_owned()));
    }
    all.into_iter().map(|(word, how)| (word, format!("{needle} ({how})"))).collect()
}

#[test]
fn the_scanner_finds_what_is_there() {
    let scanner = Scanner::new(&[CONTROL.to_owned()]);
    for (word, name) in encodings(CONTROL) {
        let found = scanner.find(&[b"xx\0yy", word.as_slice(), b"zz"].concat());
        assert!(found.contains(&name.as_str()), "{name}: {found:?}");
    }
    for before in 0..5 {
        let text = format!("{}{CONTROL} and more", "x".repeat(before));
        let found = scanner.find(data_encoding::BASE64.encode(text.as_bytes()).as_bytes()).len();
        assert!(found > 0, "base64 after {before} bytes");
    }
    assert!(scanner.find(b"Controlwordthatisnot").is_empty());
}
