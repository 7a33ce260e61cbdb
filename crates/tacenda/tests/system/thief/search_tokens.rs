//! A thief of the search tables who knows what to look for: no token is a value, or an unkeyed hash of one.

use std::{
    collections::{BTreeSet, HashMap, hash_map::DefaultHasher},
    hash::Hasher,
};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};
use serde_json::Value;
use tacenda::databases::PREFIX;
use tacenda_fhir::ResourceType;
use tacenda_kernel::Compartment;
use tacenda_synthetic::Canary;
use tokio_postgres::Client;

use super::CONTROL;
use crate::{common::TestSystem, tampering::admin};

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_a_value_or_its_unkeyed_hash() {
    let test = TestSystem::start().await;
    let canary = Canary::new(5);
    test.enrol(canary.bundle()).await;
    let directory = Canary::of_directory(5);
    test.enrol(directory.bundle()).await;
    let database = |compartment| format!("{PREFIX}vault_{compartment}");
    let contact = admin(&test, &database(Compartment::Contact)).await;
    let mut values = values(canary.bundle());
    values.extend(self::values(directory.bundle()));
    assert!(values.len() > 500, "{}", values.len());
    values.insert(CONTROL.to_owned());
    let guesses = guesses(&contact, &values).await;
    for hash in ["sha256", "md5", "xxh64"] {
        let (control, _) = guesses.iter().find(|(_, how)| **how == format!("{CONTROL} ({hash})")).unwrap();
        contact
            .execute("insert into tokens select $1, record from records limit 1", &[control])
            .await
            .unwrap();
    }

    let mut controls = BTreeSet::new();
    for compartment in Compartment::ALL {
        let vault = admin(&test, &database(compartment)).await;
        let kept = vault
            .query("select token from tokens union all select unnest(tokens) from records", &[])
            .await
            .unwrap();
        assert!(kept.len() > 5, "{compartment} keeps tokens");
        for token in kept.iter().map(|row| row.get::<_, i64>(0)) {
            if let Some(how) = guesses.get(&token) {
                assert!(how.starts_with(CONTROL), "{how} is a token of {compartment}");
                controls.insert(how.clone());
            }
        }
    }
    assert_eq!(controls.len(), 3, "what is there is found: {controls:?}");
    test.stop().await;
}

/// What anybody could try who knows the patient: every text and number, each word and its beginnings, days as numbers,
/// and what the vault is told to find by, alone and behind the parameter's name.
fn values(bundle: &Value) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for entry in bundle["entry"].as_array().unwrap() {
        let resource = &entry["resource"];
        leaves(resource, &mut values);
        let kind = ResourceType::of(resource).unwrap();
        for term in tacenda_fhir::terms(resource, kind) {
            for between in ["", "=", ":", "|", "/", "\0", "\n"] {
                values.insert(format!("{}{between}{}", term.parameter, term.value));
            }
            values.insert(term.value);
        }
    }
    values
}

fn leaves(value: &Value, values: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, values)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, values)),
        Value::String(text) => {
            for text in [text.clone(), text.to_lowercase()] {
                for word in text.split(' ') {
                    values.extend(
                        (3..=word.len().min(12)).filter_map(|end| word.get(..end)).map(str::to_owned),
                    );
                }
                values.insert(text);
            }
            if let Ok(day) = text.parse::<jiff::civil::Date>() {
                let epoch = jiff::civil::date(1970, 1, 1);
                let days = i64::from(day.since(epoch).unwrap().get_days());
                values.extend([days, days + 719_163, days + 2_440_588].map(|day| day.to_string()));
                values.insert(text.replace('-', ""));
            }
        }
        other => {
            values.insert(other.to_string());
        }
    }
}

/// Each value as a token, by how it was made.
async fn guesses(database: &Client, values: &BTreeSet<String>) -> HashMap<i64, String> {
    let mut guesses = HashMap::new();
    let all: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.contains('\0')).collect();
    let sql = "select v, decode(md5(v), 'hex'), hashtextextended(v, 0), hashtext(v)::bigint from unnest($1::text[]) v";
    for row in database.query(sql, &[&all]).await.unwrap() {
        let value: &str = row.get(0);
        of_bytes(row.get(1), &format!("{value} (md5)"), &mut guesses);
        for number in [row.get::<_, i64>(2), row.get(3)] {
            guesses.insert(number, format!("{value} (PostgreSQL's hash)"));
        }
    }
    for value in values {
        let bytes = value.as_bytes();
        let mut sip = DefaultHasher::new();
        sip.write(bytes);
        let hashes: [(&str, Vec<u8>); 6] = [
            ("sha1", digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()),
            ("sha256", digest(&SHA256, bytes).as_ref().to_vec()),
            ("sha512", digest(&SHA512, bytes).as_ref().to_vec()),
            ("xxh64", xxh64(bytes).to_be_bytes().to_vec()),
            ("fnv1a", fnv1a(bytes).to_be_bytes().to_vec()),
            ("siphash", sip.finish().to_be_bytes().to_vec()),
        ];
        for (name, hash) in hashes {
            of_bytes(&hash, &format!("{value} ({name})"), &mut guesses);
        }
        if let Ok(number) = value.parse::<i64>() {
            guesses.insert(number, format!("{value} (as a number)"));
        }
        if bytes.len() >= 8 {
            of_bytes(bytes, &format!("{value} (plain)"), &mut guesses);
        }
    }
    guesses
}

/// The first and the last eight bytes, whichever comes first.
fn of_bytes(bytes: &[u8], how: &str, guesses: &mut HashMap<i64, String>) {
    for eight in bytes.first_chunk::<8>().into_iter().chain(bytes.last_chunk::<8>()) {
        guesses.insert(i64::from_le_bytes(*eight), how.to_owned());
        guesses.insert(i64::from_be_bytes(*eight), how.to_owned());
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const P: [u64; 5] = [
    0x9E37_79B1_85EB_CA87,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
];

/// XXH64 with seed 0, as its specification says.
fn xxh64(bytes: &[u8]) -> u64 {
    let round = |lane: u64, input: u64| {
        lane.wrapping_add(input.wrapping_mul(P[1])).rotate_left(31).wrapping_mul(P[0])
    };
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    let mut rest = bytes;
    let mut hash = P[4];
    if bytes.len() >= 32 {
        let mut lanes = [P[0].wrapping_add(P[1]), P[1], 0, 0_u64.wrapping_sub(P[0])];
        while let Some((stripe, after)) = rest.split_at_checked(32) {
            for (lane, input) in lanes.iter_mut().zip(stripe.chunks(8)) {
                *lane = round(*lane, word(input));
            }
            rest = after;
        }
        let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, by)| lane.rotate_left(by));
        hash = turned.fold(0, u64::wrapping_add);
        for lane in lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(P[0]).wrapping_add(P[3]);
        }
    }
    hash = hash.wrapping_add(bytes.len() as u64);
    while let Some((eight, after)) = rest.split_at_checked(8) {
        hash = (hash ^ round(0, word(eight))).rotate_left(27).wrapping_mul(P[0]).wrapping_add(P[3]);
        rest = after;
    }
    if let Some((four, after)) = rest.split_at_checked(4) {
        let four = u64::from(u32::from_le_bytes(four.try_into().unwrap()));
        hash = (hash ^ four.wrapping_mul(P[0])).rotate_left(23).wrapping_mul(P[1]).wrapping_add(P[2]);
        rest = after;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(P[4])).rotate_left(11).wrapping_mul(P[0]);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(P[1]);
    hash = (hash ^ (hash >> 29)).wrapping_mul(P[2]);
    hash ^ (hash >> 32)
}

#[test]
fn the_hashes_are_what_they_are_called() {
    // The published test vectors of XXH64 and of FNV-1a.
    assert_eq!(xxh64(b""), 0xEF46_DB37_51D8_E999);
    assert_eq!(xxh64(b"abc"), 0x44BC_2CF5_AD77_0999);
    assert_eq!(xxh64(b"Nobody inspects the spammish repetition"), 0xFBCE_A83C_8A37_8BF1);
    assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
}
