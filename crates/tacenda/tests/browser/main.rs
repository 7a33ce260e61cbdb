//! The pages in a real browser: Chromium with a virtual authenticator, a real server over TLS, a real PostgreSQL, and mail
//! that really leaves by SMTP. Where there is no Chromium, the tests say that they were left out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

mod accessibility;
mod application;
mod bed;
mod browser;
mod documentation;
mod mail;
mod one_time_code;
mod smart_page;
mod stories;
