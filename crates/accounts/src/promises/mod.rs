//! The contracts that this service keeps, each by its operations.

mod links;
mod own_account;
mod sign_in;
