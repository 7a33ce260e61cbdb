//! Disclosing opened rows without a receipt.
use tacenda_vault::disclosure::Announced;

fn disclose(announced: Announced) {
    let _ = announced.disclose();
}

fn main() {}
