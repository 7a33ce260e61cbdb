//! Roles by their names in a language.

use tacenda_kernel::Role;

use crate::words::FrameWords;

/// What a role is called.
pub(crate) const fn role_name(role: Role, words: &FrameWords) -> &'static str {
    match role {
        Role::Clinician => words.clinician,
        Role::Technician => words.technician,
        Role::Monitor => words.monitor,
        Role::Researcher => words.researcher,
        Role::Patient => words.patient,
        Role::SecurityOfficer => words.security_officer,
        Role::Administrator => words.administrator,
        Role::Application => words.application,
        Role::Device => words.device,
    }
}
