//! Two realms' pseudonyms do not compare.
use tacenda_kernel::{Pseudonym, realms};

fn main() {
    let contact = Pseudonym::<realms::Contact>::from_bytes([0; 16]);
    let clinical = Pseudonym::<realms::Clinical>::from_bytes([0; 16]);
    let _ = contact == clinical;
}
