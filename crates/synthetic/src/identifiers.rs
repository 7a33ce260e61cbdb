//! Numbers by which offices know a person.

use jiff::civil::Date;

/// The system of an Italian codice fiscale.
pub(crate) const CODICE_FISCALE: &str = "urn:oid:2.16.840.1.113883.2.9.4.3.2";
/// The system of an American social security number.
pub(crate) const SOCIAL_SECURITY: &str = "http://hl7.org/fhir/sid/us-ssn";
/// The system of the hospitals' own record numbers.
pub(crate) const RECORD_NUMBER: &str = "https://example.org/fhir/medical-record-number";

const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
/// What a character in an odd position counts, by its rank: a digit's value or a letter's place in the alphabet.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The codice fiscale by the decree of 23 December 1976: three letters each of family and given name, year, month,
/// day (a woman's plus 40), place, check character.
pub(crate) fn codice_fiscale(
    family: &str,
    given: &str,
    female: bool,
    birth: Date,
    cadastral: &str,
) -> String {
    let month = usize::try_from(birth.month() - 1).unwrap_or_default();
    let day = birth.day() + if female { 40 } else { 0 };
    let body = format!(
        "{}{}{:02}{}{day:02}{cadastral}",
        family_letters(family),
        given_letters(given),
        birth.year().rem_euclid(100),
        char::from(MONTHS[month]),
    );
    let check = check_character(&body);
    format!("{body}{check}")
}

/// A social security number of the area 999, which is never issued. Different for different `number` below a million.
pub(crate) fn social_security(number: u32) -> String {
    format!("999-{:02}-{:04}", number / 10_000 % 100, number % 10_000)
}

fn family_letters(name: &str) -> String {
    let (consonants, vowels) = letters(name);
    padded(consonants + &vowels)
}

fn given_letters(name: &str) -> String {
    let (mut consonants, vowels) = letters(name);
    if consonants.len() > 3 {
        consonants.remove(1);
    }
    padded(consonants + &vowels)
}

fn letters(name: &str) -> (String, String) {
    name.chars()
        .map(|letter| letter.to_ascii_uppercase())
        .filter(char::is_ascii_uppercase)
        .partition(|letter| !"AEIOU".contains(*letter))
}

fn padded(letters: String) -> String {
    letters.chars().chain("XXX".chars()).take(3).collect()
}

fn check_character(body: &str) -> char {
    let sum: u32 = body.bytes().enumerate().map(|(index, byte)| weight(index, byte)).sum();
    char::from(b'A' + (sum % 26) as u8)
}

fn weight(index: usize, byte: u8) -> u32 {
    let rank = if byte.is_ascii_digit() { byte - b'0' } else { byte.saturating_sub(b'A') };
    // The decree counts positions from one, so the first is odd.
    if index.is_multiple_of(2) { ODD[usize::from(rank % 26)] } else { u32::from(rank) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_examples() {
        let man = codice_fiscale("Rossi", "Mario", false, date(1980, 1, 1), "H501");
        assert_eq!(man, "RSSMRA80A01H501U");
        let four_consonants = codice_fiscale("Moretti", "Matteo", false, date(1925, 4, 9), "F205");
        assert_eq!(four_consonants, "MRTMTT25D09F205Z");
        let abroad = codice_fiscale("Miller", "Samantha", true, date(1982, 9, 25), "Z404");
        assert_eq!(abroad, "MLLSNT82P65Z404U");
    }

    #[test]
    fn short_names_are_filled_up() {
        assert_eq!(family_letters("Fo"), "FOX");
        assert_eq!(family_letters("D'Amico"), "DMC");
        assert_eq!(given_letters("Gianfranco"), "GFR");
        assert_eq!(given_letters("Zoe"), "ZOE");
    }

    proptest! {
        #[test]
        fn a_changed_digit_changes_the_check_character(index in prop::sample::select(vec![6_usize, 7, 9, 10]), by in 1_u8..10) {
            let body = "RSSMRA80A01H501";
            let mut changed = body.as_bytes().to_vec();
            changed[index] = b'0' + (changed[index] - b'0' + by) % 10;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_ne!(check_character(body), check_character(&changed));
        }

        #[test]
        fn different_numbers_stay_different(one in 0_u32..1_000_000, other in 0_u32..1_000_000) {
            prop_assert_eq!(one == other, social_security(one) == social_security(other));
        }
    }
}
