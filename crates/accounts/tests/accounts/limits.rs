//! How failures slow down those who fail, and nobody else.

use std::collections::BTreeMap;

use tacenda_accounts::{Provider, ProviderCredential, SecondFactor};
use tacenda_contracts::accounts::{
    federation::{Answer, Departure, Federation as _, FederationError},
    links::{LinkError, Links},
    sign_in::{SignInError, Standing},
};
use tacenda_kernel::Role;

use super::{
    browser::{Browser, PASSWORD},
    world::{World, secret},
};

/// Fails until it has to wait; how often it failed, and how long it has to wait.
async fn fail_until_slow(browser: &mut Browser<'_>, email: &str) -> (u32, u32) {
    for failed in 0..100 {
        match browser.sign_in(email, "wrong").await {
            Err(SignInError::Wrong) => {}
            Err(SignInError::Slow { seconds }) => return (failed, seconds),
            other => panic!("{other:?}"),
        }
    }
    panic!("never slow")
}

#[tokio::test]
async fn the_wait_doubles_up_to_a_quarter_of_an_hour_for_those_who_are_there_and_those_who_are_not() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut waits = Vec::new();
    for email in ["anna@example.org", "nobody@example.org"] {
        let mut browser =
            Browser::at(&world, if email.starts_with('a') { "192.0.2.1" } else { "198.51.100.1" });
        assert_eq!(fail_until_slow(&mut browser, email).await, (5, 1));
        let mut seen = vec![];
        for _ in 0..12 {
            let Err(SignInError::Slow { seconds }) = browser.sign_in(email, "wrong").await else {
                panic!("no wait")
            };
            seen.push(seconds);
            world.wait(seconds.into());
            assert_eq!(browser.sign_in(email, "wrong").await, Err(SignInError::Wrong));
        }
        waits.push(seen);
    }
    assert_eq!(waits[0], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert_eq!(waits[0], waits[1]);
    assert!(world.told("unknown-email"));
}

#[tokio::test]
async fn while_one_waits_even_the_right_password_is_not_looked_at() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    fail_until_slow(&mut browser, "anna@example.org").await;
    let checks = world.accounts.password_checks();
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Slow { seconds: 1 }));
    assert_eq!(world.accounts.password_checks(), checks);
    assert_eq!(world.last().2, "too-many-attempts");
    world.wait(1);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
    assert_eq!(fail_until_slow(&mut Browser::new(&world), "anna@example.org").await, (5, 1), "counted anew");
}

#[tokio::test]
async fn a_stranger_does_not_lock_a_colleague_out() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut known = Browser::new(&world);
    known.sign_in("anna@example.org", PASSWORD).await.unwrap();
    // From many networks, for an hour.
    for network in 0..60 {
        let mut stranger = Browser::at(&world, &format!("198.51.{network}.1"));
        for _ in 0..6 {
            let _ = stranger.sign_in("anna@example.org", "wrong").await;
        }
        world.wait(60);
    }
    for network in 0..10 {
        let _ = Browser::at(&world, &format!("203.0.{network}.1")).sign_in("anna@example.org", "wrong").await;
    }
    assert_eq!(known.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single), "a known browser");
    for network in 10..20 {
        let _ = Browser::at(&world, &format!("203.0.{network}.1")).sign_in("anna@example.org", "wrong").await;
    }
    let mut fresh = Browser::at(&world, "192.0.2.200");
    match fresh.sign_in("anna@example.org", PASSWORD).await {
        Ok(_) => {}
        Err(SignInError::Slow { seconds }) => {
            assert!(seconds <= 30, "{seconds}");
            world.wait(seconds.into());
            assert_eq!(fresh.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_persistent_stranger_keeps_nobody_out_elsewhere() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    // Many networks, each of which takes every turn that it gets, for an hour.
    for round in 0..60 {
        for network in 0..12 {
            let mut stranger = Browser::at(&world, &format!("198.51.{network}.1"));
            let _ = stranger.sign_in("anna@example.org", "wrong").await;
        }
        let mut fresh = Browser::at(&world, &format!("203.0.{round}.1"));
        assert_eq!(fresh.sign_in("anna@example.org", "mistyped").await, Err(SignInError::Wrong), "{round}");
        assert_eq!(fresh.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single), "{round}");
        world.wait(60);
    }
}

#[tokio::test]
async fn a_network_that_tries_many_addresses_waits_half_a_minute_at_most_and_is_forgiven() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut waited = 0;
    for address in 0..312 {
        let mut browser = Browser::at(&world, &format!("198.51.100.{}", address % 250));
        let email = format!("person{address}@example.org");
        if let Err(SignInError::Slow { seconds }) = browser.sign_in(&email, "wrong").await {
            assert!(address >= 300 && seconds <= 30, "{address}: {seconds}");
            waited += 1;
            world.wait(seconds.into());
        }
    }
    assert!(waited > 3, "{waited}");
    let elsewhere = Browser::at(&world, "192.0.2.1").sign_in("anna@example.org", PASSWORD).await;
    assert_eq!(elsewhere, Ok(Standing::Single));
    world.wait(10 * 60);
    for address in 0..3 {
        let mut colleague = Browser::at(&world, "198.51.100.7");
        let email = format!("colleague{address}@example.org");
        assert_eq!(colleague.sign_in(&email, "wrong").await, Err(SignInError::Wrong), "below the free ones");
    }
}

#[tokio::test]
async fn who_is_right_makes_nobody_wait() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    // As if this network had failed more often than is free.
    for address in 0..300 {
        let mut browser = Browser::at(&world, "198.51.100.1");
        browser.sign_in(&format!("person{address}@example.org"), "wrong").await.unwrap_err();
    }
    world.wait(1);
    for _ in 0..5 {
        let mut fresh = Browser::at(&world, "198.51.100.2");
        assert_eq!(fresh.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
    }
}

#[tokio::test]
async fn who_asks_for_mail_for_another_keeps_nobody_from_asking() {
    let world = World::open().await;
    let ask = async |network: &str, email: &str| {
        let browser = Browser::at(&world, network);
        world.accounts.ask_new_password(&secret(email), &browser.visit()).await
    };
    for _ in 0..20 {
        let _ = ask("198.51.100.1", "anna@example.org").await;
    }
    assert!(matches!(ask("198.51.100.1", "anna@example.org").await, Err(LinkError::Slow { .. })));
    assert_eq!(ask("203.0.113.1", "anna@example.org").await, Ok(()), "Anna, from elsewhere");
    for address in 0..100 {
        let asked = ask("198.51.100.1", &format!("person{address}@example.org")).await;
        assert_eq!(asked, Ok(()), "the network goes on");
    }
}

#[tokio::test]
async fn tries_made_at_the_same_time_count_like_tries_one_after_another() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let checks = world.accounts.password_checks();
    let tries = (0..40).map(async |_| Browser::new(&world).sign_in("anna@example.org", "wrong").await);
    let answers = futures::future::join_all(tries).await;
    let wrong = answers.iter().filter(|answer| **answer == Err(SignInError::Wrong)).count();
    assert_eq!(wrong, 5);
    assert_eq!(world.accounts.password_checks() - checks, 5);
}

#[tokio::test]
async fn nobody_begins_sign_ins_at_a_provider_without_end() {
    let world = World::open().await;
    let provider = Provider {
        id: "hospital".to_owned(),
        name: "Ospedale".to_owned(),
        // Nobody listens there.
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "tacenda".to_owned(),
        credential: ProviderCredential::Secret(secret("what both know")),
        scopes: Vec::new(),
        role_claim: "roles".to_owned(),
        roles: BTreeMap::from([("dottore".to_owned(), Role::Clinician)]),
        second_factor: SecondFactor::default(),
        new_accounts: None,
        api: None,
    };
    let accounts = world.another_instance().await.with_providers(vec![provider]).unwrap();
    let token = "A".repeat(43);
    let begin = async |browser: &Browser<'_>| {
        let departure = Departure {
            provider: "hospital".to_owned(),
            again: false,
            next: "/".to_owned(),
            browser: secret(&token),
        };
        accounts.begin(departure, &browser.visit()).await.unwrap_err()
    };
    let finish = async |browser: &Browser<'_>| {
        let answer = Answer { state: Some(secret(&token)), ..Answer::default() };
        accounts.finish("hospital", answer, &secret(&token), &browser.visit()).await.unwrap_err()
    };
    let stranger = Browser::at(&world, "198.51.100.1");
    for _ in 0..100 {
        assert_eq!(begin(&stranger).await, FederationError::ProviderUnavailable);
        assert_eq!(finish(&stranger).await, FederationError::StartAgain);
        assert_eq!(world.last().2, "unknown-state");
    }
    for error in [begin(&stranger).await, finish(&stranger).await] {
        assert_eq!((error, world.last().2.as_str()), (FederationError::StartAgain, "too-many-attempts"));
    }
    assert_eq!(begin(&Browser::new(&world)).await, FederationError::ProviderUnavailable, "from elsewhere");
}
