//! What is proved, to somebody who has nothing but the verifier key: by an implementation of RFC 6962 that is not ours.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use ct_merkle::{InclusionProof, RootHash};
use data_encoding::BASE64;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::Sha256;
use tacenda::system::ORIGIN;
use tacenda_kernel::Role;
use tacenda_ledger::leaf;

use super::{Scene, extension, number, of_type, position};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_proved_to_an_outsider() {
    let scene = Scene::make().await;
    scene.get(Role::Clinician, &format!("/fhir/{}", of_type(&scene.ids, "Condition"))).await;
    let key = scene.test.keys.checkpoint_key(ORIGIN).unwrap().verifier().to_string();
    let own = scene.events(Role::Patient, "").await;
    let general = scene.events(Role::SecurityOfficer, "").await;
    let query = format!("?patient={}&action=R", number(&scene.ids));
    let officers = scene.events(Role::SecurityOfficer, &query).await;
    let some = |events: &[Value], role| {
        let places = [0, events.len() / 2, events.len() - 1];
        places.map(|place| (role, events[place].clone())).to_vec()
    };
    let events = [
        some(&own, Role::Patient),
        some(&general, Role::SecurityOfficer),
        some(&officers, Role::SecurityOfficer),
    ];
    for (role, event) in events.concat() {
        let link = extension(&event, "inclusion-proof").split_once("/fhir/").unwrap().1;
        let (_, status, answered) = scene.get(role, &format!("/fhir/{link}")).await;
        assert_eq!(status, StatusCode::OK, "{answered}");
        let proof = Proof::of(&answered);
        assert_eq!(proof.index, position(&event));
        let stored = scene.test.system.ledger.entries(proof.index, 1).await.unwrap().remove(0);
        let sealed = leaf::encode(proof.index, &stored.entry, &stored.arrived);
        assert_eq!(proof.leaf, leaf::hash_of(&stored), "the hash is over what is stored");
        let root = signed_root(&proof, &key);
        let root = RootHash::<Sha256>::new(root.into(), proof.size);
        let path = InclusionProof::<Sha256>::try_from_bytes(proof.path.concat()).unwrap();
        root.verify_inclusion(&sealed, proof.index, &path).unwrap();
        let mut other = sealed.clone();
        other[40] ^= 1;
        assert!(root.verify_inclusion(&other, proof.index, &path).is_err(), "it proves this entry only");
    }
    scene.test.stop().await;
}

struct Proof {
    leaf: [u8; 32],
    index: u64,
    size: u64,
    path: Vec<[u8; 32]>,
    checkpoint: String,
}

impl Proof {
    fn of(parameters: &Value) -> Self {
        assert_eq!(parameters["resourceType"], "Parameters");
        let all = parameters["parameter"].as_array().unwrap();
        let named = |name: &'static str| all.iter().filter(move |one| one["name"] == name);
        let text = |name| named(name).next().unwrap()["valueString"].as_str().unwrap();
        let hash = |one: &Value| -> [u8; 32] {
            BASE64.decode(one["valueBase64Binary"].as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
        };
        Self {
            leaf: hash(named("leafHash").next().unwrap()),
            index: text("index").parse().unwrap(),
            size: text("treeSize").parse().unwrap(),
            path: named("path").map(hash).collect(),
            checkpoint: text("checkpoint").to_owned(),
        }
    }
}

/// The root that the checkpoint says, once its Ed25519 signature was checked (C2SP signed-note).
fn signed_root(proof: &Proof, key: &str) -> [u8; 32] {
    let (body, signatures) = proof.checkpoint.split_once("\n\n").unwrap();
    let body = format!("{body}\n");
    let signature = signatures.trim_end().rsplit(' ').next().unwrap();
    let signature = BASE64.decode(signature.as_bytes()).unwrap();
    let public = BASE64.decode(key.splitn(3, '+').nth(2).unwrap().as_bytes()).unwrap();
    UnparsedPublicKey::new(&ED25519, &public[1..]).verify(body.as_bytes(), &signature[4..]).unwrap();
    let lines: Vec<&str> = body.lines().collect();
    assert_eq!(lines[1], proof.size.to_string());
    BASE64.decode(lines[2].as_bytes()).unwrap().try_into().unwrap()
}
