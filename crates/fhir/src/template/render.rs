//! From the stored form to a caller's JSON. The hot path of every read: it copies and splices.

use jiff::Timestamp;
use tacenda_kernel::Version;

use super::{Slot, Template, write_instant};

/// What the server adds to a resource when it is disclosed.
#[derive(Clone, Copy, Debug)]
pub struct RenderMeta<'a> {
    /// The id in the caller's realm. It needs no escaping.
    pub id: &'a str,
    /// `meta.versionId`.
    pub version: Version,
    /// `meta.lastUpdated`.
    pub last_updated: Timestamp,
}

impl Template {
    /// The resource as JSON text for one caller. `fill` appends the id of a slot in the caller's realm.
    #[must_use]
    pub fn render(&self, meta: &RenderMeta<'_>, fill: &mut dyn FnMut(&Slot, &mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 160 + 56 * self.slots.len());
        self.render_into(meta, fill, &mut out);
        out
    }

    /// [`Template::render`], appended to `out`.
    pub fn render_into(
        &self,
        meta: &RenderMeta<'_>,
        fill: &mut dyn FnMut(&Slot, &mut Vec<u8>),
        out: &mut Vec<u8>,
    ) {
        let mut slots = self.slots.iter().peekable();
        let mut copied = 0;
        let mut copy_to = |end: usize, out: &mut Vec<u8>| {
            while let Some((at, slot)) = slots.next_if(|(at, _)| *at < end) {
                out.extend_from_slice(self.text.get(copied..*at).unwrap_or_default());
                fill(slot, out);
                copied = *at;
            }
            out.extend_from_slice(self.text.get(copied..end).unwrap_or_default());
            copied = end;
        };
        copy_to(self.head, out);
        out.extend_from_slice(b",\"id\":\"");
        out.extend_from_slice(meta.id.as_bytes());
        out.extend_from_slice(b"\",\"meta\":{\"versionId\":\"");
        out.extend_from_slice(meta.version.number().to_string().as_bytes());
        out.extend_from_slice(b"\",\"lastUpdated\":\"");
        write_instant(meta.last_updated, out);
        out.push(b'"');
        if self.meta > 0 {
            out.push(b',');
            copy_to(self.head + self.meta, out);
        }
        out.push(b'}');
        copy_to(self.text.len(), out);
    }
}
