//! The contracts that this service keeps, each by its operations.

mod links;
mod oauth;
mod own_account;
mod sign_in;
