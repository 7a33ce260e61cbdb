//! A ledger's database that drops, doubles, delays or rewrites what it is given: nothing is disclosed that is not in it.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda_kernel::Role;

use super::{LEDGER, SECRET, Scene, admin, verified};
use crate::common::answer;

const KEEP: &str = "create function keep() returns trigger language plpgsql security definer as $$begin ";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_disclosed_that_the_ledger_does_not_hold() {
    let scene = Scene::make().await;
    let (ledger, token) = (admin(&scene.test, LEDGER).await, scene.test.token(Role::Clinician).await);
    let triggers = [
        ("drops all", "before insert", "return null; end$$;"),
        (
            "drops those of patients",
            "before insert",
            "if new.subject is null then return new; end if; return null; end$$;",
        ),
        (
            "rewrites",
            "before insert",
            "new.sealed := set_byte(new.sealed, 20, 0); new.leaf := sha256(new.sealed); return new; end$$;",
        ),
        ("moves", "before insert", "new.position := new.position + 1; return new; end$$;"),
    ];
    for (what, when, body) in triggers {
        let size = scene.test.system.ledger.checkpoint().await.unwrap().size;
        let sql = format!(
            "{KEEP}{body} create trigger keep {when} on entries for each row execute function keep()"
        );
        ledger.batch_execute(&sql).await.unwrap();
        refused(&scene, &token, what).await;
        ledger.batch_execute("drop function keep cascade").await.unwrap();
        // What a trigger wrote instead stays, and the ledger refuses to go on over it: it is taken away by hand.
        ledger.batch_execute(&format!("delete from entries where position >= {size}")).await.unwrap();
        recovers(&scene, &token, what).await;
    }
    let vanish = format!(
        "{KEEP} delete from entries where position = new.position; return null; end$$; \
         create constraint trigger keep after insert on entries deferrable initially deferred \
           for each row execute function keep()"
    );
    ledger.batch_execute(&vanish).await.unwrap();
    refused(&scene, &token, "takes away at commit").await;
    ledger.batch_execute("drop function keep cascade").await.unwrap();
    recovers(&scene, &token, "takes away at commit").await;
    let found = verified(&scene.test).await;
    assert!(found.holds(), "{:#?}", found.lines());
    scene.test.stop().await;
}

async fn get(scene: &Scene, token: &str, path: &str) -> (StatusCode, Value) {
    let request = scene.test.request(Method::GET, path).bearer_auth(token);
    answer(request.send().await.unwrap()).await
}

async fn refused(scene: &Scene, token: &str, what: &str) {
    for path in [scene.paths[1].clone(), format!("/fhir/Observation?patient={}", scene.patient)] {
        let (status, body) = get(scene, token, &path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {path}: {body}");
        assert!(!body.to_string().contains(SECRET), "{what}: {path}");
    }
}

async fn recovers(scene: &Scene, token: &str, what: &str) {
    for _ in 0..50 {
        if get(scene, token, &scene.paths[1]).await.0 == StatusCode::OK {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{what}: the ledger did not go on");
}
