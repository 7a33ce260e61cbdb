//! Making a receipt up.
use tacenda_contracts::receipt::Receipt;

fn main() {
    let _ = Receipt { position: 0, entry: [0; 16] };
}
