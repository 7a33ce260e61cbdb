//! `/applications`: the programs that administrators register.

pub(crate) mod list;
pub(crate) mod register;
