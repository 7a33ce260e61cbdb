//! Looking at opened rows.
use tacenda_vault::disclosure::Opened;

fn look(opened: Opened) -> usize {
    opened.rows.len()
}

fn main() {}
