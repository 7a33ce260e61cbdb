//! An identity provider that nobody here wrote, against a whole system: npm's `oidc-provider` as the hospital's. Where npm
//! cannot install it, each test says so and is left out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what fails here fails the test; what is left out is said"
)]

mod access_tokens;
mod bed;
mod hospital;
mod id_tokens;
mod logging_out;
mod people;
mod sign_ins;

/// A test over its own system and hospital; left out where there can be no hospital.
macro_rules! with_bed {
    ($(fn $name:ident($bed:ident) $body:block)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some($bed) = $crate::bed::Bed::start().await else { return };
            $body
            $bed.stop().await;
        }
    )+};
}
pub(crate) use with_bed;
