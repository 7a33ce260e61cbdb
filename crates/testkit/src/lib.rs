#![doc = include_str!("../README.md")]

mod clock;
mod mail_sink;
mod random;

pub use clock::MockClock;
pub use mail_sink::{Mail, MailDoor, MailSink};
pub use random::SeededRandom;
