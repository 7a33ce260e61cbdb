#![doc = include_str!("../README.md")]

mod access_token;
mod block;
mod certificate;
mod checkpoint;
mod client_assertion;
mod domain;
mod entry;
mod envelope;
mod index;
mod link;
mod permit;
mod random;
mod realm;
mod root;
mod row;
mod wrap;

pub use access_token::{Claims, TokenError, TokenSigner, TokenVerifier};
pub use certificate::{CertificateError, CertificateKey, CertificateVerifier};
pub use checkpoint::{CheckpointKey, CheckpointVerifier, NoteError};
pub use client_assertion::{
    ClientAssertion, check_client_keys, claimed_client, verify_client_assertion,
};
pub use domain::Domain;
pub use entry::{AuditKey, EntryOpenError};
pub use index::{IndexKey, TokenScope};
pub use link::LinkKey;
pub use permit::PermitKey;
pub use random::SystemRandom;
pub use realm::{RealmKey, RecordCodec};
pub use root::{RootKey, RootKeyError};
pub use row::{LARGEST_DOCUMENT, PatientKey, RowHeader, RowOpenError, SealError};
pub use wrap::{CompartmentKey, UnwrapError, WrappingKey};
