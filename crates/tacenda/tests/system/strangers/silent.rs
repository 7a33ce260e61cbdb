//! Thousands of connections over which nothing whole comes.

use std::net::{IpAddr, SocketAddr};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use super::{Clinician, Memory, many, network, served, strangers};
use crate::common::TestSystem;

/// What is sent and never ended.
fn beginnings() -> Vec<Vec<u8>> {
    let large = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(60 << 10));
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    vec![
        Vec::new(),
        b"PRI * HT".to_vec(),
        preface.to_vec(),
        b"GET /fhir/Patient HTTP/1.1\r\nhost: x\r\n".to_vec(),
        b"POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n".to_vec(),
        b"POST /fhir HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{".to_vec(),
        large.into_bytes(),
    ]
}

/// As many as there is room for: the server may have closed it, or refuse it.
async fn silent(server: SocketAddr, from: IpAddr, beginning: &[u8]) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(SocketAddr::new(from, 0)).ok()?;
    let mut stream = socket.connect(server).await.ok()?;
    let _ = stream.write_all(beginning).await;
    Some(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_keep_nobody_out_whether_from_one_network_or_from_many() {
    raise_the_limit_of_files();
    let test = TestSystem::start().await;
    let clinician = Clinician::with_a_patient(&test).await;
    let server: SocketAddr = test.url("").strip_prefix("http://").unwrap().parse().unwrap();
    let quiet = clinician.reads(200).await;
    let beginnings = beginnings();
    for (what, networks) in [("one network", 1), ("a thousand networks", 1_000)] {
        // Each kind alone in the long version, all kinds among each other in the short one.
        let kinds: Vec<&[Vec<u8>]> = if many() { beginnings.chunks(1).collect() } else { vec![&beginnings] };
        for kind in kinds {
            let memory = Memory::watch();
            let mut held = Vec::new();
            let opening = async {
                for number in 0..strangers() {
                    let beginning = &kind[number % kind.len()];
                    held.extend(silent(server, network(number % networks), beginning).await);
                }
            };
            let ((), beside) = futures::join!(opening, clinician.reads(150));
            let after = clinician.reads(50).await;
            served(quiet, beside.max(after));
            let growth = memory.growth();
            assert!(growth <= 64, "{} from {what}: memory grew by {growth} MiB", held.len());
        }
    }
    test.stop().await;
}

fn raise_the_limit_of_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
