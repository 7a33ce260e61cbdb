//! Disclosing what no entry speaks of.
use tacenda_contracts::receipt::Receipt;
use tacenda_vault::disclosure::Opened;

fn disclose(opened: Opened, receipt: &Receipt) {
    let _ = opened.disclose(receipt);
}

fn main() {}
