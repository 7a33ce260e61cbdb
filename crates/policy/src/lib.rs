#![doc = include_str!("../README.md")]

mod elements;
mod error;
mod identifying;
mod policies;
mod question;
mod source;
mod vocabulary;

pub use elements::Elements;
pub use error::PolicyError;
pub use policies::Policies;
pub use question::{Decision, Question, Relations};
