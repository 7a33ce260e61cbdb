//! What the crate promises of its bundles, seen from outside.

#[cfg(test)]
mod bundles;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod common;
#[cfg(test)]
mod people;
