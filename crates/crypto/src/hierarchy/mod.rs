//! Root → master → compartment → patient: which key wraps which, and what follows from the master secret.

mod compartment_key;
mod master_key;
mod root_key;
mod wrapping_key;

pub use compartment_key::CompartmentKey;
pub use master_key::MasterKey;
pub use root_key::{InvalidRootKeyText, RootKey};
pub use wrapping_key::{UnwrapError, WrappingKey};
