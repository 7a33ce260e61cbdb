//! An address that nobody has takes as long as a wrong password.

use std::time::{Duration, Instant};

use tacenda_kernel::Role;

use super::{browser::Browser, world::World};

const TRIES: usize = 200;

/// Tries of the two kinds are made in turn, so that whatever else the machine does slows both. Then all are ranked
/// together: were one kind slower, its ranks would be higher (Mann and Whitney's U). Under equality the standardised sum
/// is normal; six standard deviations away is chance once in 500 million runs, and a tenth of the work more or less for
/// one kind is hundreds.
#[tokio::test]
async fn unknown_addresses_and_wrong_passwords_cannot_be_told_apart_by_time() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (mut known, mut unknown) = (Vec::with_capacity(TRIES), Vec::with_capacity(TRIES));
    for number in 0..TRIES + 10 {
        // Another network each time, and a minute between: no try waits, as a patient stranger's would not.
        world.wait(60);
        let network = format!("10.{}.{}.1", number / 250, number % 250);
        let order = if number % 2 == 0 { [true, false] } else { [false, true] };
        for there in order {
            let email = if there { "anna@example.org" } else { "nobody@example.org" };
            let mut browser = Browser::at(&world, &network);
            let before = Instant::now();
            let answer = browser.sign_in(email, "wrong").await;
            let took = before.elapsed();
            assert!(answer.is_err());
            // The first few warm up statements and pages.
            if number >= 10 {
                if there { known.push(took) } else { unknown.push(took) }
            }
        }
    }
    let z = standardised_u(&known, &unknown);
    println!("medians {:?} and {:?}, z = {z:.2}", median(&known), median(&unknown));
    assert!(z.abs() < 6.0, "medians {:?} and {:?}, z = {z}", median(&known), median(&unknown));
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "counts of hundreds")]
fn standardised_u(one: &[Duration], other: &[Duration]) -> f64 {
    let above = one.iter().map(|a| other.iter().filter(|b| a > *b).count()).sum::<usize>() as f64;
    let (n, m) = (one.len() as f64, other.len() as f64);
    (above - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}
