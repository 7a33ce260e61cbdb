//! The stored form as bytes: format 2, head, meta, slots, members, then the text. Numbers are LEB128; a slot is its
//! distance from the one before, then 0 for the patient, or 1 and the record's 16 bytes; a member is its length.

use bytes::Bytes;
use tacenda_kernel::RecordId;

use super::{Slot, Template};

const FORMAT: u8 = 2;

/// The bytes are no template of this format.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stored document is not in a known format")]
pub struct MalformedTemplate;

impl Template {
    /// The template as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(self.text.len() + 18 + 20 * self.slots.len() + 2 * self.members.len());
        out.push(FORMAT);
        for number in [self.head, self.meta, self.slots.len()] {
            write_number(number, &mut out);
        }
        let mut before = 0;
        for (at, slot) in &self.slots {
            write_number(at - before, &mut out);
            before = *at;
            match slot {
                Slot::Patient => out.push(0),
                Slot::Record(record) => {
                    out.push(1);
                    out.extend_from_slice(&record.to_bytes());
                }
            }
        }
        write_number(self.members.len(), &mut out);
        for length in &self.members {
            write_number(*length, &mut out);
        }
        out.extend_from_slice(&self.text);
        out
    }

    /// Reads what [`Template::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`MalformedTemplate`] where the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedTemplate> {
        Self::from_shared(&Bytes::copy_from_slice(bytes))
    }

    /// [`Template::from_bytes`] without a copy: the template keeps a part of `bytes`.
    ///
    /// # Errors
    /// [`MalformedTemplate`] where the bytes are anything else.
    pub fn from_shared(bytes: &Bytes) -> Result<Self, MalformedTemplate> {
        read(bytes).ok_or(MalformedTemplate)
    }
}

fn read(bytes: &Bytes) -> Option<Template> {
    let mut rest = bytes.strip_prefix(&[FORMAT])?;
    let head = read_number(&mut rest)?;
    let meta = read_number(&mut rest)?;
    let count = read_number(&mut rest)?;
    let mut slots = Vec::with_capacity(count.min(rest.len()));
    let mut at = 0_usize;
    for _ in 0..count {
        at = at.checked_add(read_number(&mut rest)?)?;
        slots.push((at, read_slot(&mut rest)?));
    }
    let (members, long) = read_members(&mut rest)?;
    // With the brace that ends it.
    let whole = head.checked_add(meta)?.checked_add(long)?.checked_add(1)? == rest.len();
    let fits = whole && at < rest.len() && head > 0 && rest.starts_with(b"{");
    fits.then(|| Template { text: bytes.slice_ref(rest), head, meta, slots, members })
}

/// The members' lengths, and how long they are together with the comma before each.
fn read_members(rest: &mut &[u8]) -> Option<(Vec<usize>, usize)> {
    let count = read_number(rest)?;
    let mut members = Vec::with_capacity(count.min(rest.len()));
    let mut long = 0_usize;
    for _ in 0..count {
        let length = read_number(rest)?;
        long = long.checked_add(length)?.checked_add(1)?;
        members.push(length);
    }
    Some((members, long))
}

fn read_slot(rest: &mut &[u8]) -> Option<Slot> {
    let (kind, after) = rest.split_first()?;
    *rest = after;
    match kind {
        0 => Some(Slot::Patient),
        1 => {
            let (record, after) = rest.split_first_chunk::<16>()?;
            *rest = after;
            RecordId::from_bytes(*record).map(Slot::Record)
        }
        _ => None,
    }
}

fn write_number(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>) {
            let _ = Template::from_bytes(&bytes);
            bytes.insert(0, FORMAT);
            let _ = Template::from_bytes(&bytes);
        }

        #[test]
        fn numbers_read_back(number in 0_usize..0x7_ffff_ffff) {
            let mut out = Vec::new();
            write_number(number, &mut out);
            let mut rest = out.as_slice();
            prop_assert_eq!(read_number(&mut rest), Some(number));
            prop_assert!(rest.is_empty());
        }
    }
}
