//! Commands and first starts that die at a line: begun again, each comes to its end.

use crate::{
    kills::lines::OF_COMMANDS,
    process::{Server, demo, folder, ports, texts, tool, tool_with},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_and_a_command_that_die_at_a_line_are_gone_on_with() {
    let variable = tacenda_kernel::crash::VARIABLE;
    let (_temporary, data) = folder();
    let (data, both) = (data.display().to_string(), ports());
    let (log, texts) = (std::path::Path::new(&data).with_extension("log"), texts(both));
    let (first, last) = OF_COMMANDS.split_at(OF_COMMANDS.len() - 1);
    for line in first {
        let at = format!("{line}:1");
        let mut server = Server::spawn_with(&log, both, &demo(&data, &texts), &[(variable, &at)]);
        assert!(!server.serves_or_ends().await, "nobody died at {line}");
    }
    let server = Server::start(&log, both, &demo(&data, &texts)).await;
    let at = format!("{}:1", last[0]);
    let (code, said) = tool_with(&["reindex", "--restart", "--data", &data], &[(variable, &at)]).await;
    assert_eq!(code, None, "nobody died: {said}");
    let (code, said) = tool(&["reindex", "--data", &data]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = tool(&["ledger", "verify", "--data", &data]).await;
    assert_eq!(code, 0, "{said}");
    server.stop().await;
}
