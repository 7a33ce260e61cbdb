//! How long one decision takes: `cargo bench -p tacenda-policy`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{hint::black_box, time::Instant};

use tacenda_kernel::{Action, AuthStrength, Compartment, Purpose, Role};
use tacenda_policy::{Policies, PolicyError, Question, Relations};

const ROUNDS: u32 = 20_000;

fn main() -> Result<(), PolicyError> {
    let before = Instant::now();
    let policies = Policies::load()?;
    println!("load: {:.1} ms", before.elapsed().as_secs_f64() * 1e3);
    let allowed = Question {
        role: Role::Clinician,
        strength: AuthStrength::Multi,
        recent: true,
        action: Action::Read,
        compartment: Some(Compartment::Clinical),
        purpose: Purpose::Treatment,
        relations: Relations { care: true, ..Relations::NONE },
    };
    let device = Question { role: Role::Device, strength: AuthStrength::Client, ..allowed };
    for (name, question) in [
        ("allowed", allowed),
        ("no relation", Question { relations: Relations::NONE, ..allowed }),
        ("never", device),
    ] {
        let before = Instant::now();
        for _ in 0..ROUNDS {
            let _ = black_box(policies.decide(black_box(&question)));
        }
        println!("{name}: {:.1} µs a decision", before.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
    }
    Ok(())
}
