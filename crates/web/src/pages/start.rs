//! `/`: where somebody goes who names no page.

use axum::response::Response;

use crate::{
    edge::{answer::see_other, member::SignedIn},
    refusal::Refusal,
};

/// `GET /`
pub(crate) async fn get(member: Result<SignedIn, Refusal>) -> Result<Response, Refusal> {
    match member {
        Ok(_) => Ok(see_other("/account")),
        Err(Refusal::SignInFirst(_)) => Ok(see_other("/sign-in")),
        Err(other) => Err(other),
    }
}
