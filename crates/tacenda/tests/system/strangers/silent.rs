//! Thousands of connections over which nothing whole comes.

use std::net::{IpAddr, SocketAddr};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use super::{Clinician, Memory, many, network, patient_of, served, strangers};
use crate::crash::demo::Demo;

/// A way to be silent: its name, whether it is where TLS is spoken, and what is sent and never ended.
type Kind = (&'static str, bool, Vec<u8>);

fn kinds() -> Vec<Kind> {
    let large = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(60 << 10));
    // No window, and `GET /fhir/metadata` of `x`: the answer is made, and nobody takes it.
    let mut untaken = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0".to_vec();
    untaken.extend(b"\0\0\x15\x01\x05\0\0\0\x01\x82\x86\x04\x0e/fhir/metadata\x01\x01x");
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    vec![
        ("nothing", false, Vec::new()),
        ("half a preface", false, b"PRI * HT".to_vec()),
        ("HTTP/2 without a request", false, preface.to_vec()),
        ("an answer that nobody takes", false, untaken),
        ("half a head", false, b"GET /fhir/Patient HTTP/1.1\r\nhost: x\r\n".to_vec()),
        ("no form", false, b"POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n".to_vec()),
        (
            "half a body",
            false,
            b"POST /fhir HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{".to_vec(),
        ),
        ("60 KiB of a head", false, large.into_bytes()),
        ("no handshake", true, Vec::new()),
        ("half a handshake", true, b"\x16\x03\x01\x02\0\x01\0\x01\xfc".to_vec()),
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
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path(), &["--log", "error"]).await;
    let [tls, plain] = demo.addresses();
    let mut clinician = Clinician::of(&demo, &patient_of(&demo).await.0).await;
    let quiet = clinician.reads(500).await;
    let memory = Memory::of(&demo);
    println!(
        "| what is sent | networks | came | quiet p99 | beside | after | MiB more than in quiet |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    let all = kinds();
    for networks in [1, 1_000] {
        // Each kind alone in the long version, all kinds among each other in the short one.
        for kinds in if many() { all.chunks(1).collect() } else { vec![&all[..]] } {
            clinician.renew(&demo).await;
            let mut held = Vec::new();
            let opening = async {
                for number in 0..strangers() {
                    let (_, secret, beginning) = &kinds[number % kinds.len()];
                    held.extend(
                        silent(if *secret { tls } else { plain }, network(number % networks), beginning)
                            .await,
                    );
                }
            };
            let ((), beside) = clinician.reads_beside(150, opening).await;
            let after = clinician.reads(50).await;
            let (what, growth) = (if let [(one, ..)] = kinds { one } else { "all kinds" }, memory.growth());
            let number = held.len();
            drop(held);
            // The short version runs beside other tests, so that quiet is what it is at this time.
            let quiet = if many() { quiet } else { quiet.max(clinician.reads(150).await) };
            println!(
                "| {what} | {networks} | {} | {quiet:.1?} | {beside:.1?} | {after:.1?} | {growth} |",
                number
            );
            served(quiet, beside.max(after));
            assert!(growth <= 64, "{what} from {networks}: memory grew by {growth} MiB");
        }
    }
    demo.stop().await;
}

fn raise_the_limit_of_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
