//! A ledger's database that drops, doubles, delays or rewrites what it is given: nothing is disclosed that is not in it.

use reqwest::StatusCode;
use tacenda_kernel::Role;

use super::{LEDGER, SECRET, Scene, admin, verified};

const KEEP: &str =
    "create or replace function keep() returns trigger language plpgsql security definer as $$begin ";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_disclosed_that_the_ledger_does_not_hold() {
    let scene = Scene::make().await;
    let ledger = admin(&scene.test, LEDGER).await;
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
        refused(&scene, what).await;
        ledger.batch_execute("drop trigger keep on entries").await.unwrap();
        // What a trigger wrote instead stays, and the ledger refuses to go on over it: it is taken away by hand.
        ledger.batch_execute(&format!("delete from entries where position >= {size}")).await.unwrap();
        recovers(&scene, what).await;
    }
    let vanish = format!(
        "{KEEP} delete from entries where position = new.position; return null; end$$; \
         create constraint trigger keep after insert on entries deferrable initially deferred \
           for each row execute function keep()"
    );
    ledger.batch_execute(&vanish).await.unwrap();
    refused(&scene, "takes away at commit").await;
    ledger.batch_execute("drop trigger keep on entries").await.unwrap();
    recovers(&scene, "takes away at commit").await;
    ledger.batch_execute("create rule keep as on insert to tiles do instead nothing").await.unwrap();
    ledger.batch_execute("drop rule keep on tiles").await.unwrap();
    let found = verified(&scene.test).await;
    assert!(found.holds(), "{:#?}", found.lines());
    scene.test.stop().await;
}

async fn refused(scene: &Scene, what: &str) {
    for path in [scene.paths[1].clone(), format!("/fhir/Observation?patient={}", scene.patient)] {
        let (status, body) = scene.test.get(Role::Clinician, &path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {path}: {body}");
        assert!(!body.to_string().contains(SECRET), "{what}: {path}");
    }
}

async fn recovers(scene: &Scene, what: &str) {
    for _ in 0..50 {
        if scene.test.get(Role::Clinician, &scene.paths[1]).await.0 == StatusCode::OK {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{what}: the ledger did not go on");
}
