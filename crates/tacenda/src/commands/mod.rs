//! What can be run.
