//! What a write may not touch: rows are opened for that, and disclosed to nobody.

use bytes::Bytes;
use tacenda_contracts::{
    keystore::KeyRelease,
    permit::{Elements, Slice},
    vault::{Content, VaultError},
};
use tacenda_fhir::Template;
use tacenda_kernel::{Kinds, Phi};

use crate::{disclosure::is_of, store::rows::StoredRow};

/// Refuses to write a record of a type that the permit does not cover.
pub(crate) fn require_kind(content: &Content, permit: &Slice) -> Result<(), VaultError> {
    let kinds = &permit.claims().kinds;
    if *kinds == Kinds::All {
        return Ok(());
    }
    // EXPOSE: only the type is looked at.
    let sent = Template::from_bytes(content.document.expose()).map_err(|_| VaultError::Damaged)?;
    if is_of(&sent, kinds) { Ok(()) } else { Err(VaultError::Refused) }
}

/// Refuses to delete a record under the name of another type. It is opened for that and disclosed to nobody.
pub(crate) fn require_type(current: &StoredRow, kind: &str, keys: &KeyRelease) -> Result<(), VaultError> {
    let plain = keys.patient.open_row(&current.header, &current.sealed).map_err(|_| VaultError::Damaged)?;
    let now = Template::from_bytes(&plain).map_err(|_| VaultError::Damaged)?;
    if now.is_of_type(kind) { Ok(()) } else { Err(VaultError::NotFound) }
}

/// What a caller who sees a record in part may not change by leaving it out: elements that the permit does not cover
/// are kept from the current version, whatever the new one says of them. They are sealed again and disclosed to nobody.
/// A record stays of the type it was created with: under another type's URL there is nothing.
pub(crate) fn carry_over(
    content: Content,
    current: &StoredRow,
    permit: &Slice,
    keys: &KeyRelease,
) -> Result<Content, VaultError> {
    let opening = permit.opening(current.header.compartment).ok_or(VaultError::Refused)?;
    let plain = keys.patient.open_row(&current.header, &current.sealed).map_err(|_| VaultError::Damaged)?;
    let now = Template::from_bytes(&plain).map_err(|_| VaultError::Damaged)?;
    // EXPOSE: the caller's own document is joined with what it may not touch.
    let sent = Template::from_bytes(content.document.expose()).map_err(|_| VaultError::Damaged)?;
    if !sent.is_of_type_of(&now) {
        return Err(VaultError::NotFound);
    }
    if opening.elements == Elements::All {
        return Ok(content);
    }
    let hidden = now.retain_elements(&|element| !opening.elements.cover(element));
    let sent = sent.retain_elements(&|element| opening.elements.cover(element));
    let whole = Template::join(Some(&hidden), Some(&sent)).ok_or(VaultError::Damaged)?;
    Ok(Content { document: Phi::new(Bytes::from(whole.to_bytes())), ..content })
}
