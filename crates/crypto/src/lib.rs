#![doc = include_str!("../README.md")]

mod audit_key;
mod digest;
mod domain;
mod envelope;
mod generation;
mod hierarchy;
mod index_key;
mod key_bytes;
mod mac_key;
mod notes;
mod numbers;
mod random;
mod rows;
mod tokens;

pub use audit_key::{AuditKey, EntryOpenError};
pub use digest::sha256;
pub use domain::Domain;
pub use generation::KeyGeneration;
pub use hierarchy::{CompartmentKey, InvalidRootKeyText, MasterKey, RootKey, UnwrapError, WrappingKey};
pub use index_key::{IndexKey, TokenScope};
pub use mac_key::MacKey;
pub use notes::{CheckpointKey, CheckpointVerifier, InvalidKeyName, InvalidVerifierKey, NoteError};
pub use numbers::{LINK_LENGTH, LinkKey, RealmKey, RecordCodec};
pub use random::SystemRandom;
pub use rows::{LARGEST_ROW, OpenError, PatientKey, RowHeader, SealError};
pub use tokens::{
    AssertionError, CertificateError, CertificateKey, CertificateVerifier, ClientAssertion, IdTokenHint,
    InvalidJwks, InvalidSigningKey, ProviderClaims, ProviderKeys, ProviderToken, ProviderTokenError,
    SignError, TokenError, TokenSigner, TokenVerifier, check_client_keys, claimed_client, claimed_issuer,
    verify_client_assertion,
};
