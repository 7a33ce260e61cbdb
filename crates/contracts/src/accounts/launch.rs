//! For which patient an application is started (SMART App Launch 2.2).

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{Secret, TraceId};

use super::BearerToken;
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(LaunchError);

/// A patient an application can be started for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaunchPatient {
    /// The FHIR id, as callers of the role see it.
    pub id: String,
    /// Name and birth date, as far as the role sees them.
    #[serde(with = "tacenda_kernel::kept")]
    pub label: Secret<String>,
}

/// Patients are not named.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchError {
    /// This caller sees no patients.
    #[error("this role sees no patients")]
    Refused,
    /// Too many fit: ask for more of the name.
    #[error("too many patients fit; type more of the name")]
    TooMany,
    /// Records are not available.
    #[error("records are not available now; try again in a minute")]
    Unavailable,
}

/// Names the patient an application is started for, to a caller with a token of the session ([`super::sign_in::SignIn::token`]).
#[contract(Web)]
#[async_trait]
pub trait LaunchPatients: Send + Sync + 'static {
    /// The FHIR id of the caller's own record; none for those who are no patient.
    async fn own(&self, token: &BearerToken, trace: TraceId) -> Result<Option<String>, LaunchError>;

    /// Up to 50 patients whom the caller sees: those with this name, or those they have a relation to.
    async fn find(
        &self,
        token: &BearerToken,
        name: Option<&str>,
        trace: TraceId,
    ) -> Result<Vec<LaunchPatient>, LaunchError>;

    /// Whether this patient is among those whom [`LaunchPatients::find`] names. Nothing of them is shown.
    async fn offers(
        &self,
        token: &BearerToken,
        name: Option<&str>,
        patient: &str,
        trace: TraceId,
    ) -> Result<bool, LaunchError>;
}
