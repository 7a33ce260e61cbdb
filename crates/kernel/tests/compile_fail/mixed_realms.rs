//! A pseudonym of one realm where another's is expected.
use tacenda_kernel::{Pseudonym, realms};

fn open_clinical(_patient: Pseudonym<realms::Clinical>) {}

fn main() {
    let contact = Pseudonym::<realms::Contact>::from_bytes([0; 16]);
    open_clinical(contact);
}
