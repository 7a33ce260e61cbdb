//! Who a patient is, before any record is written.

use jiff::civil::{Date, date};

use crate::{
    draw::Draw,
    identifiers,
    names::Culture,
    places::{Place, streets},
};

/// A person. Depends on seed and index, not on the day the records end.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) culture: Culture,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) female: bool,
    pub(crate) birth: Date,
    pub(crate) birth_place: &'static Place,
    pub(crate) home: &'static Place,
    pub(crate) street: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) record_number: String,
    pub(crate) national_number: String,
    pub(crate) married: bool,
    /// Someone to call, of the same family.
    pub(crate) relative: Relative,
}

/// A daughter or a son.
#[derive(Debug)]
pub(crate) struct Relative {
    pub(crate) given: &'static str,
    pub(crate) female: bool,
    pub(crate) phone: String,
}

impl Person {
    /// The person of this index. `population` gives what must differ between patients, `root` what is this patient's own.
    pub(crate) fn draw(population: &Draw, root: &Draw, index: u32) -> Self {
        let mut draw = root.fork("person");
        let culture = if draw.chance(55) { Culture::Italian } else { Culture::American };
        let female = draw.chance(54);
        let given = *draw.pick(culture.given_names(female));
        let family = *draw.pick(culture.family_names());
        let birth = birth(&mut draw);
        let birth_place = draw.pick(Place::of(culture));
        let home = if draw.chance(60) { birth_place } else { draw.pick(Place::of(culture)) };
        let number = serial(population, index);
        let national_number = match culture {
            Culture::Italian => {
                identifiers::codice_fiscale(family, given, female, birth, birth_place.cadastral)
            }
            Culture::American => identifiers::social_security(number),
        };
        Self {
            culture,
            given,
            family,
            female,
            birth,
            birth_place,
            home,
            street: street(culture, &mut draw),
            phone: phone(culture, &mut draw),
            email: email(given, family, &mut draw),
            record_number: format!("TC{number:06}"),
            national_number,
            married: draw.chance(62),
            relative: relative(culture, &mut draw),
        }
    }

    pub(crate) const fn gender(&self) -> &'static str {
        gender(self.female)
    }
}

pub(crate) const fn gender(female: bool) -> &'static str {
    if female { "female" } else { "male" }
}

/// Six digits, different for different indices below a million.
fn serial(population: &Draw, index: u32) -> u32 {
    let offset = population.fork("serial").below(1_000_000);
    // 387,421 has no factor in common with a million, so that this permutes.
    ((u64::from(index) * 387_421 + offset) % 1_000_000) as u32
}

fn birth(draw: &mut Draw) -> Date {
    let year = 1931 + draw.below(22) + draw.below(22) + draw.below(20);
    let (month, day) = (draw.between(1, 12), draw.between(1, 28));
    date(year as i16, month as i8, day as i8)
}

fn street(culture: Culture, draw: &mut Draw) -> String {
    let street = *draw.pick(streets(culture));
    let number = draw.between(1, 180);
    match culture {
        Culture::Italian => format!("{street} {number}"),
        Culture::American => format!("{number} {street}"),
    }
}

fn phone(culture: Culture, draw: &mut Draw) -> String {
    match culture {
        Culture::Italian => format!("+39 300 {}", draw.digits(7)),
        Culture::American => format!("+1 207 555 01{}", draw.digits(2)),
    }
}

fn email(given: &str, family: &str, draw: &mut Draw) -> String {
    let plain =
        |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    format!("{}.{}{}@example.org", plain(given), plain(family), draw.digits(3))
}

fn relative(culture: Culture, draw: &mut Draw) -> Relative {
    let female = draw.chance(60);
    Relative { given: draw.pick::<&str>(culture.given_names(female)), female, phone: phone(culture, draw) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn serials_do_not_repeat() {
        let population = Draw::new(3);
        let serials: HashSet<u32> = (0..1_000_000).map(|index| serial(&population, index)).collect();
        assert_eq!(serials.len(), 1_000_000);
    }
}
