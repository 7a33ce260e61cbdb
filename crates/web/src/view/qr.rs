//! A QR code as one path of an SVG: sharp at every size, and no picture of somebody else's server.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use tacenda_kernel::Secret;

/// What an `svg` element needs.
pub(crate) struct QrCode {
    /// Its `viewBox` has this width and height, quiet zone included.
    pub(crate) side: usize,
    /// The dark squares.
    pub(crate) path: String,
}

/// The light margin that scanners need (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// Draws the text; none where it is too long for any code.
pub(crate) fn draw(text: &Secret<String>) -> Option<QrCode> {
    // EXPOSE: the picture shows it to its owner's telephone.
    let code = QRBuilder::new(text.expose().as_bytes()).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        for x in 0..code.size {
            if code[y][x].value() {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    Some(QrCode { side: code.size + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let code = draw(&Secret::new("otpauth://totp/Tacenda:a@b.example?secret=ABC".to_owned())).unwrap();
        for (x, y) in [(QUIET, QUIET), (code.side - QUIET - 1, QUIET), (QUIET, code.side - QUIET - 1)] {
            assert!(code.path.contains(&format!("M{x} {y}h1v1h-1z")));
        }
        assert!(!code.path.contains("M0 0h"), "the margin is light");
    }
}
