//! Which path is which page.

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::{
    assets,
    edge::headers::dress,
    pages::{
        account, applications, factor, forgotten, link, oauth, passkey, people, provider, sign_in, sign_out,
        start,
    },
    refusal::Refusal,
    web::Web,
};

/// All pages. What is no page is answered with one that says so.
pub fn router(web: Web) -> Router {
    Router::new()
        .route("/", get(start::get))
        .route("/assets/{name}", get(assets::get))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/factor", get(factor::get).post(factor::post))
        .route("/sign-in/password", post(factor::post_password))
        .route("/sign-in/passkey", post(passkey::post))
        .route("/sign-in/passkey/options", post(passkey::options))
        .route("/sign-in/with/{provider}", get(provider::begin))
        .route("/sign-in/again/{provider}", get(provider::begin_again))
        .route("/sign-in/from/{provider}", get(provider::finish))
        .route("/sign-out", get(sign_out::get).post(sign_out::post))
        .route("/forgotten", get(forgotten::get).post(forgotten::post))
        .route("/forgotten/sent", get(forgotten::sent))
        .route("/link/{token}", get(link::get).post(link::post))
        .merge(account())
        .merge(administration())
        .route("/oauth/authorize", get(oauth::authorize::get).post(oauth::authorize::post))
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::NotAllowed)
        .layer(middleware::from_fn_with_state(web.clone(), dress))
        .with_state(web)
}

fn account() -> Router<Web> {
    use account::{
        applications, email, factors, history, overview, passkey, password, recovery, sessions, totp,
    };
    Router::new()
        .route("/account", get(overview::get))
        .route("/account/language", post(overview::set_language))
        .route("/account/password", get(password::get).post(password::post))
        .route("/account/email", get(email::get).post(email::post))
        .route("/account/enrol", get(factors::enrol))
        .route("/account/factors", get(factors::get))
        .route("/account/factors/remove", post(factors::remove))
        .route("/account/factors/totp", get(totp::get).post(totp::post))
        .route("/account/factors/passkey", get(passkey::get).post(passkey::post))
        .route("/account/factors/passkey/options", post(passkey::options))
        .route("/account/factors/recovery", post(recovery::post))
        .route("/account/sessions", get(sessions::get))
        .route("/account/sessions/end", post(sessions::end))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/history", get(history::get))
        .route("/account/applications", get(applications::get))
        .route("/account/applications/end", post(applications::end))
}

fn administration() -> Router<Web> {
    use applications::{list, register};
    use people::{invite, person, resets, roles};
    Router::new()
        .route("/people", get(people::list::get).post(people::list::search))
        .route("/people/invite", get(invite::get).post(invite::post))
        .route("/people/{id}", get(person::get))
        .route("/people/{id}/{act}", post(person::act))
        .route("/people/{id}/roles", post(roles::give))
        .route("/people/{id}/roles/take", post(roles::take))
        .route("/people/{id}/resets/{request}/{verdict}", post(resets::decide))
        .route("/applications", get(list::get))
        .route("/applications/new", get(register::get).post(register::post))
        .route("/applications/disable", post(list::disable))
        .route("/applications/enable", post(list::enable))
}
