//! Names as people type them: without regard to case, accents and punctuation.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The fewest and most letters of a name that are kept as one token.
pub(super) const PREFIX: std::ops::RangeInclusive<usize> = 3..=12;

/// The text in lower case, decomposed, without accents and apostrophes, its words separated by one space.
pub(super) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if letter.is_alphanumeric() {
            match fold(letter) {
                Some(letters) => out.push_str(letters),
                None => out.push(letter),
            }
        } else if !is_combining_mark(letter) && !is_apostrophe(letter) && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    // Where an apostrophe stood between marks, they now stand in another order.
    out.trim().nfkd().collect()
}

/// The tokens by which a word is found: each beginning of 3 to 12 letters; a shorter word, itself.
pub(super) fn tokens(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().skip(1).map(|(at, _)| at).chain(std::iter::once(word.len()));
    let (short, fewest) = (word.chars().count() < *PREFIX.start(), *PREFIX.start());
    let prefixes = ends.enumerate().map(|(index, end)| (index + 1, &word[..end]));
    prefixes
        .filter(
            move |(letters, prefix)| {
                if short { *prefix == word } else { (fewest..=*PREFIX.end()).contains(letters) }
            },
        )
        .map(|(_, prefix)| prefix)
}

/// The one token that every word beginning so has.
pub(super) fn token_of(beginning: &str) -> &str {
    let end = beginning.char_indices().nth(*PREFIX.end()).map_or(beginning.len(), |(at, _)| at);
    &beginning[..end]
}

/// Letters that differ from a base letter by more than a mark.
fn fold(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}' | '\u{2bc}' | '`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for (text, plain) in [
            ("Rossi", "rossi"),
            ("  D’Ángelo-Müller ", "dangelo muller"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("Łukasz  Ørsted", "lukasz orsted"),
            ("ﬁne Ⅳ", "fine iv"),
            ("李小龍", "李小龍"),
            ("--", ""),
        ] {
            assert_eq!(normalised(text), plain);
        }
    }

    #[test]
    fn marks_around_an_apostrophe_come_into_their_order() {
        let once = normalised("ῼ'\u{1e026}");
        assert_eq!(normalised(&once), once);
    }

    #[test]
    fn words_have_their_beginnings() {
        assert_eq!(tokens("rossi").collect::<Vec<_>>(), ["ros", "ross", "rossi"]);
        assert_eq!(tokens("li").collect::<Vec<_>>(), ["li"]);
        assert_eq!(tokens("abcdefghijklmnop").last(), Some("abcdefghijkl"));
        assert_eq!(tokens("").filter(|token| !token.is_empty()).count(), 0);
        assert_eq!(token_of("abcdefghijklmnop"), "abcdefghijkl");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text: String) {
            let once = normalised(&text);
            prop_assert_eq!(normalised(&once), once);
        }

        #[test]
        fn a_word_is_found_by_any_beginning_that_is_long_enough(word in "\\w{3,30}", letters in 3_usize..30) {
            let word: String = normalised(&word).replace(' ', "");
            prop_assume!(word.chars().count() >= 3);
            let beginning: String = word.chars().take(letters).collect();
            prop_assert!(tokens(&word).any(|token| token == token_of(&beginning)));
        }
    }
}
