#![doc = include_str!("../README.md")]

mod body;
mod bundle;
mod canary;
mod care_plan;
mod chart;
mod coding;
mod conditions;
mod consent;
mod directory;
mod draw;
mod encounters;
mod home;
mod identifiers;
mod laboratory;
mod measurement;
mod medication;
mod names;
mod patient;
mod person;
mod places;
mod population;
mod prevention;
mod staff;
mod tickets;
mod vital_signs;

pub use canary::Canary;
pub use directory::DirectoryRefs;
pub use population::Population;
