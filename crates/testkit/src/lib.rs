#![doc = include_str!("../README.md")]

mod clock;
mod fake_keystore;
mod fake_ledger;
mod mail_sink;
mod random;

pub use clock::MockClock;
pub use fake_keystore::FakeKeystore;
pub use fake_ledger::FakeLedger;
pub use mail_sink::{Mail, MailDoor, MailSink};
pub use random::SeededRandom;
