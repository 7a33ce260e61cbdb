//! Whose account it is, and what they may be.

use reqwest::StatusCode;
use serde_json::json;
use tacenda_accounts::{Author, RoleGrant};
use tacenda_contracts::accounts::{
    links::Links as _,
    own_account::{OwnAccount as _, OwnAccountError},
};
use tacenda_kernel::{Language, Role, Secret, TraceId};

use crate::{bed::visit, hospital::Browser, with_bed};

const TRACE: TraceId = TraceId([2; 16]);

with_bed! {
    fn an_address_that_is_somebody_s_takes_no_account_over(bed) {
        let accounts = &bed.system.accounts;
        let here = bed.demo.of(Role::Clinician).unwrap();
        let email = accounts.read_account(here).await.unwrap().unwrap().email.unwrap();
        // EXPOSE: the provider is made to tell the address of somebody else.
        let claims = json!({ "name": "Anna", "email": email.expose(), "email_verified": true });
        bed.hospital.ask("claims", json!({ "person": "anna", "claims": claims })).await;
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let there = bed.session(&arrival).await.unwrap().person;
        assert_ne!(there, here);
        assert_eq!(accounts.find_by_email(&email).await.unwrap(), Some(here), "the address finds whose it was");
        let own = Secret::new("anna@hospital.example".to_owned());
        assert_eq!(accounts.find_by_email(&own).await.unwrap(), None, "nobody signs in by what a provider told");
    }

    fn what_somebody_changes_here_gives_them_no_other_way_in(bed) {
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let (accounts, visit) = (&bed.system.accounts, visit());
        accounts.set_language(&arrival.token, Language::English, &visit).await.unwrap();
        let own = Secret::new("anna@hospital.example".to_owned());
        assert_eq!(accounts.find_by_email(&own).await.unwrap(), None, "the address is still for mail only");
        let other = Secret::new("anna@elsewhere.example".to_owned());
        let asked = accounts.ask_address_change(&arrival.token, &other, &visit).await;
        assert_eq!(asked, Err(OwnAccountError::KeptElsewhere));
    }

    fn roles_follow_the_hospital_each_time(bed) {
        let first = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        let eva = bed.session(&first).await.unwrap().person;
        let by_hand = RoleGrant::lasting(Role::Administrator);
        bed.system.accounts.give_role(&Author::Operator, eva, by_hand, TRACE).await.unwrap();
        bed.hospital.ask("roles", json!({ "person": "eva", "roles": ["unimi", "administrator"] })).await;
        let second = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        assert_eq!(bed.session(&second).await.unwrap().roles, [Role::Researcher]);
        bed.hospital.ask("roles", json!({ "person": "eva", "roles": [] })).await;
        let refused = bed.sign_in(&Browser::new(), "eva").await.err().unwrap();
        assert_eq!((refused, bed.last_refusal().await.as_str()), (StatusCode::FORBIDDEN, "no-role"));
        assert!(bed.session(&second).await.is_none(), "whose roles are gone is out");
    }

    fn an_access_token_gives_no_role_back_and_takes_none(bed) {
        let before = bed.hospital.access_token("eva", "openid role:clinician").await;
        let both = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        let mut narrow = bed.access_claims();
        narrow["sub"] = json!("eva");
        narrow["realm_access"] = json!({ "roles": ["unimi"] });
        let narrow = bed.hospital.sign("right", narrow).await;
        assert_ne!(bed.api(&narrow).await, 401, "it is for the role that it names");
        assert_eq!(bed.session(&both).await.unwrap().roles, [Role::Clinician, Role::Researcher]);
        bed.hospital.ask("roles", json!({ "person": "eva", "roles": ["unimi"] })).await;
        let after = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        assert_eq!((bed.api(&before).await.as_u16(), bed.last_refusal().await.as_str()), (401, "no-such-role"));
        assert_eq!(bed.session(&after).await.unwrap().roles, [Role::Researcher]);
    }

    fn whoever_uses_an_application_each_day_keeps_the_role_that_its_tokens_name(bed) {
        for hours in [0, 20, 40, 60] {
            bed.clock.advance(jiff::SignedDuration::from_hours(if hours == 0 { 0 } else { 20 }));
            let mut claims = bed.access_claims();
            let now = claims["iat"].as_i64().unwrap() + hours * 3600;
            claims["iat"] = json!(now);
            claims["exp"] = json!(now + 300);
            let token = bed.hospital.sign("right", claims).await;
            assert_eq!(bed.api(&token).await, 200, "after {hours} hours");
        }
    }

    fn a_role_that_the_mapping_does_not_name_is_none(bed) {
        let refused = bed.sign_in(&Browser::new(), "max").await.err().unwrap();
        assert_eq!((refused, bed.last_refusal().await.as_str()), (StatusCode::FORBIDDEN, "no-role"));
    }

    fn who_is_suspended_here_is_not_let_in_from_there(bed) {
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let anna = bed.session(&arrival).await.unwrap().person;
        let token = bed.hospital.access_token("anna", "openid").await;
        assert_eq!(bed.api(&token).await, 200);
        bed.system.accounts.suspend(&Author::Operator, anna, TRACE).await.unwrap();
        bed.clock.advance(jiff::SignedDuration::from_secs(5));
        assert_eq!(bed.api(&token).await, 401, "the token it was exchanged for is not believed");
        let refused = bed.sign_in(&Browser::new(), "anna").await.err().unwrap();
        assert_eq!((refused, bed.last_refusal().await.as_str()), (StatusCode::FORBIDDEN, "suspended"));
    }
}
