//! Why a caller acts: codes of HL7 v3 PurposeOfUse.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A purpose of use (<http://terminology.hl7.org/CodeSystem/v3-ActReason>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Treatment.
    #[serde(rename = "TREAT")]
    Treatment,
    /// Emergency treatment.
    #[serde(rename = "ETREAT")]
    EmergencyTreatment,
    /// Payment.
    #[serde(rename = "HPAYMT")]
    Payment,
    /// Healthcare operations.
    #[serde(rename = "HOPERAT")]
    Operations,
    /// Research.
    #[serde(rename = "HRESCH")]
    Research,
    /// The patient asks.
    #[serde(rename = "PATRQT")]
    PatientRequest,
    /// System administration.
    #[serde(rename = "HSYSADMIN")]
    SystemAdministration,
    /// Accreditation and audit of compliance.
    #[serde(rename = "HCOMPL")]
    Compliance,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: [Self; 8] = [
        Self::Treatment,
        Self::EmergencyTreatment,
        Self::Payment,
        Self::Operations,
        Self::Research,
        Self::PatientRequest,
        Self::SystemAdministration,
        Self::Compliance,
    ];

    /// The HL7 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Treatment => "TREAT",
            Self::EmergencyTreatment => "ETREAT",
            Self::Payment => "HPAYMT",
            Self::Operations => "HOPERAT",
            Self::Research => "HRESCH",
            Self::PatientRequest => "PATRQT",
            Self::SystemAdministration => "HSYSADMIN",
            Self::Compliance => "HCOMPL",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is no purpose of use that this server knows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown purpose of use; use TREAT, ETREAT, HPAYMT, HOPERAT, HRESCH, PATRQT, HSYSADMIN or HCOMPL")]
pub struct UnknownPurpose;

impl FromStr for Purpose {
    type Err = UnknownPurpose;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == text).ok_or(UnknownPurpose)
    }
}
