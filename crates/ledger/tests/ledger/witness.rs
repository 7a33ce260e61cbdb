//! A witness keeps the newest checkpoint and never goes backwards.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{fs, sync::Arc};

use jiff::Timestamp;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::{CheckpointKey, MasterKey};
use tacenda_kernel::Secret;
use tacenda_ledger::{
    checkpoint::sign,
    witness::{FileWitness, Witness as _, WitnessError},
};

fn key() -> CheckpointKey {
    MasterKey::from_bytes(&Secret::new([1; 32])).checkpoint_key("example.org/log").unwrap()
}

fn signed(size: u64) -> Checkpoint {
    sign(&key(), size, &[u8::try_from(size).unwrap(); 32], Timestamp::UNIX_EPOCH, None).checkpoint
}

#[tokio::test]
async fn it_never_goes_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let witness = FileWitness::open(&folder.path().join("made"), key().verifier()).unwrap();
    assert_eq!(witness.newest().await.unwrap(), None);
    for (given, kept) in [(5, 5), (9, 9), (7, 9), (9, 9), (10, 10), (0, 10)] {
        witness.keep(&signed(given)).await.unwrap();
        assert_eq!(witness.newest().await.unwrap(), Some(signed(kept)));
    }
    let again = FileWitness::open(&folder.path().join("made"), key().verifier()).unwrap();
    assert_eq!(again.read().unwrap(), Some(signed(10)));
    assert_eq!(fs::read_to_string(folder.path().join("made/ledger.checkpoint")).unwrap(), signed(10).note);
}

#[tokio::test]
async fn it_refuses_a_second_tree() {
    let folder = tempfile::tempdir().unwrap();
    let witness = FileWitness::open(folder.path(), key().verifier()).unwrap();
    witness.keep(&signed(5)).await.unwrap();
    let other = sign(&key(), 5, &[0; 32], Timestamp::UNIX_EPOCH, None).checkpoint;
    assert!(matches!(witness.keep(&other).await, Err(WitnessError::Contradicted(5))));
    assert_eq!(witness.newest().await.unwrap(), Some(signed(5)));
}

#[tokio::test]
async fn what_is_not_signed_by_the_ledger_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let witness = FileWitness::open(folder.path(), key().verifier()).unwrap();
    let strangers = MasterKey::from_bytes(&Secret::new([2; 32])).checkpoint_key("example.org/log").unwrap();
    let foreign = sign(&strangers, 3, &[0; 32], Timestamp::UNIX_EPOCH, None).checkpoint.note;
    for note in [String::new(), "\u{0}".to_owned(), foreign] {
        fs::write(folder.path().join("ledger.checkpoint"), note).unwrap();
        assert!(matches!(witness.newest().await, Err(WitnessError::Damaged)));
        assert!(matches!(witness.keep(&signed(4)).await, Err(WitnessError::Damaged)));
    }
    fs::write(folder.path().join("ledger.checkpoint"), [0xff, 0xfe]).unwrap();
    assert!(matches!(witness.newest().await, Err(WitnessError::Damaged)));
}

#[tokio::test]
async fn a_half_written_file_is_not_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let witness = FileWitness::open(folder.path(), key().verifier()).unwrap();
    witness.keep(&signed(5)).await.unwrap();
    fs::write(folder.path().join("ledger.checkpoint.next"), "example.org/l").unwrap();
    assert_eq!(witness.newest().await.unwrap(), Some(signed(5)));
    witness.keep(&signed(6)).await.unwrap();
    assert_eq!(witness.newest().await.unwrap(), Some(signed(6)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_keepers_leave_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let witness = Arc::new(FileWitness::open(folder.path(), key().verifier()).unwrap());
    let keepers: Vec<_> = (1..=60_u64)
        .map(|number| {
            let witness = Arc::clone(&witness);
            tokio::spawn(async move { witness.keep(&signed(number * 37 % 61)).await.unwrap() })
        })
        .collect();
    for keeper in keepers {
        keeper.await.unwrap();
    }
    assert_eq!(witness.newest().await.unwrap(), Some(signed(60)));
}
