#![doc = include_str!("../README.md")]

mod assets;
mod edge;
mod pages;
mod refusal;
mod router;
#[cfg(test)]
mod samples;
mod view;
mod web;
mod words;

pub use router::router;
pub use web::{Web, WebParts};
