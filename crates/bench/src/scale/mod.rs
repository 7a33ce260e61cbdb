//! The same questions over more and more records, all brought in by `tacenda import`.

mod floor;
mod load;
mod questions;
mod report;

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use self::{
    floor::ImportFloor,
    load::{Loaded, Population},
    questions::{Question, Questions},
};
use crate::{
    cell::{Cell, Operation},
    client::{Connection, headers},
    drive::drive,
    floor::Floor,
    options::{Options, Pace},
    prepare::prepare,
    processes::{Watch, resident},
    report::progress,
    server::{Launch, Server},
    tally::Tally,
};

/// Connections at the same time.
const CONNECTIONS: [usize; 2] = [1, 32];

/// What one question showed over so many connections.
pub(crate) struct Row {
    pub(crate) question: Question,
    pub(crate) connections: usize,
    pub(crate) server: Tally,
    /// Of the search alone.
    pub(crate) floor: Option<Tally>,
}

/// What so many records showed.
pub(crate) struct Step {
    pub(crate) records: u64,
    pub(crate) loaded: Loaded,
    /// Rows a second that PostgreSQL alone takes in.
    pub(crate) floor: f64,
    pub(crate) rows: Vec<Row>,
    /// Mebibytes of the server, before and after it was asked.
    pub(crate) memory: (f64, f64),
}

/// Measures at each size, the smallest first, and prints what it found. Fails where answers were wrong, never on a figure.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let mut sizes = options.scale.clone();
    sizes.sort_unstable();
    let floor = Floor::start().await?;
    let measured = beside(options, &sizes, &floor).await;
    floor.stop().await;
    let (steps, reindexed) = measured?;
    report::print(&steps, &reindexed);
    Ok(steps.iter().flat_map(|step| &step.rows).all(|row| row.server.wrong == 0))
}

async fn beside(options: &Options, sizes: &[u64], floor: &Floor) -> Result<(Vec<Step>, String)> {
    let folder = crate::run::folder()?;
    let pace = options.pace();
    let (binary, data) = (options.server()?, folder.path().join("data"));
    let launch = Launch { binary, data, patients: 1, log: options.log.clone() };
    let mut server = Server::start(launch).await?;
    let mut connection =
        Connection::open(server.address, headers(server.address, &server.token().await?)?).await?;
    let subjects = prepare(&mut connection).await.context("the server does not take what is measured")?;
    let mut population = Population::new(folder.path().join("bundles"));
    let import_floor = ImportFloor::make(floor).await?;
    let mut steps = Vec::new();
    for size in sizes {
        let loaded = population.grow(*size, &server).await?;
        progress(&format!("{size} records: {}", loaded.said));
        let taken_in = import_floor.rate(loaded.records, loaded.bytes_each).await?;
        sleep(pace.idle).await;
        let (clinician, application) = (server.token().await?, server.token_of("application").await?);
        let questions =
            Questions::of(&population, &subjects, server.address, [&clinician, &application]).await?;
        let before = resident(server.pid)?;
        let mut rows = Vec::new();
        for question in Question::ALL {
            for connections in CONNECTIONS {
                rows.push(ask(&questions, question, connections, pace, floor, &server).await?);
            }
        }
        let memory = (before, resident(server.pid)?);
        steps.push(Step { records: *size, loaded, floor: taken_in, rows, memory });
    }
    Ok((steps, reindex(&server).await?))
}

async fn ask(
    questions: &Questions,
    question: Question,
    connections: usize,
    pace: Pace,
    floor: &Floor,
    server: &Server,
) -> Result<Row> {
    let watch = Watch::server(server.pid)?;
    let mut row = Row { question, connections, server: Tally::new()?, floor: None };
    for _ in 0..pace.rounds {
        let callers = questions.callers(question, connections).await?;
        let (_, slice) = drive(callers, pace.warm, pace.slice, watch).await?;
        row.server.add(&slice)?;
        if question == Question::Search {
            let callers = floor.callers(Cell { operation: Operation::Search, connections }).await?;
            let (_, slice) = drive(callers, pace.warm, pace.slice, floor.watch).await?;
            let mut tally = match row.floor.take() {
                Some(tally) => tally,
                None => Tally::new()?,
            };
            tally.add(&slice)?;
            row.floor = Some(tally);
        }
    }
    ensure!(row.server.rate() > 0.0, "{question} was never answered rightly");
    Ok(row)
}

/// Makes all search tokens anew; what the command says of it.
async fn reindex(server: &Server) -> Result<String> {
    progress("reindexing");
    server.tool(&["reindex", "--data"]).await
}
