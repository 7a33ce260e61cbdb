//! Issuing a permit without the keystore's permit key.
use tacenda_contracts::permit::{Permit, PermitClaims};

fn issue(claims: PermitClaims) -> Permit {
    Permit::issue(claims)
}

fn main() {}
