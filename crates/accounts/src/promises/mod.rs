//! The contracts that this service keeps, each by its operations.

mod accounts;
mod applications;
mod federation;
mod links;
mod oauth;
mod own_account;
mod people;
mod sign_in;
