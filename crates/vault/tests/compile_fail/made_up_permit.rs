//! Making a permit up from another's claims.
use tacenda_contracts::permit::{Permit, PermitClaims};

fn forge(claims: PermitClaims) -> Permit {
    Permit { claims, tag: [0; 32], slices: Vec::new() }
}

fn main() {}
