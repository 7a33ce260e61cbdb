//! One run: floor and server side by side, taking turns.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use crate::{
    cell::{Cell, cells},
    client::{Connection, headers},
    drive::drive,
    floor::Floor,
    identities::Identities,
    options::{Options, Pace},
    prepare::{check, prepare},
    processes::{Watch, resident},
    report::{self, Figures, Memory, Row},
    requests::Requests,
    scale,
    server::{Launch, Server},
    tally::Tally,
    verification,
};

/// Runs all of it, stops what it started, and prints what it found. Fails where answers were wrong, never on a figure.
pub(crate) async fn run(options: &Options) -> Result<ExitCode> {
    if !options.scale.is_empty() {
        let right = tokio::select! {
            right = scale::run(options) => right?,
            () = told_to_stop() => bail!("stopped"),
        };
        return Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if let Some(entries) = options.verify {
        tokio::select! {
            verified = verification::run(options, entries) => verified?,
            () = told_to_stop() => bail!("stopped"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let figures = tokio::select! {
        figures = both(options) => figures?,
        () = told_to_stop() => bail!("stopped"),
    };
    report::print(&figures);
    Ok(if figures.rows.iter().any(|row| row.server.wrong + row.floor.wrong > 0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn told_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => std::future::pending().await,
    }
}

async fn both(options: &Options) -> Result<Figures> {
    let floor = Floor::start().await?;
    let measured = beside(options, &floor).await;
    floor.stop().await;
    measured
}

async fn beside(options: &Options, floor: &Floor) -> Result<Figures> {
    let folder = folder()?;
    let pace = options.pace();
    let launch = Launch {
        binary: options.server()?,
        data: folder.path().join("data"),
        patients: pace.patients,
        log: options.log.clone(),
    };
    // Its first start makes patients, which leaves memory behind that a server in use would not have.
    drop(Server::start(launch.clone()).await?);
    let mut server = Server::start(launch).await?;
    measure(options, pace, floor, &mut server).await
}

/// Those who drop privileges must get through it.
pub(crate) fn folder() -> Result<TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o711);
    tempfile::Builder::new()
        .prefix("tacenda-bench-")
        .permissions(mode)
        .tempdir()
        .context("no temporary folder")
}

async fn measure(options: &Options, pace: Pace, floor: &Floor, server: &mut Server) -> Result<Figures> {
    report::progress("the server is ready");
    sleep(pace.idle).await;
    let idle = resident(server.pid)?;
    let mut connection =
        Connection::open(server.address, headers(server.address, &server.token().await?)?).await?;
    let subjects = prepare(&mut connection).await.context("the server does not take what is measured")?;
    check(&mut connection, &subjects).await?;
    let identities = Identities::make(server.data()).await.context("nobody to ask")?;
    let bearer = identities.bearer;
    let requests = Requests::of(&subjects, identities)?;
    let watch = Watch::server(server.pid)?;
    let cells = cells(options.only, options.connections.map(usize::from));
    let mut rows = cells.iter().map(|cell| Row::new(*cell)).collect::<Result<Vec<Row>>>()?;
    for round in 0..pace.rounds {
        report::progress(&format!("round {} of {}", round + 1, pace.rounds));
        for row in &mut rows {
            let headers = headers(server.address, &server.token().await?)?;
            // Each goes first as often as the other.
            if round.is_multiple_of(2) {
                floor_slice(floor, row.cell, pace, &mut row.floor).await?;
            }
            let callers = requests.callers(row.cell, server.address, &headers).await?;
            let (_, slice) = drive(callers, pace.warm, pace.slice, watch).await?;
            row.server.add(&slice)?;
            if !round.is_multiple_of(2) {
                floor_slice(floor, row.cell, pace, &mut row.floor).await?;
            }
        }
    }
    let memory = Memory { idle, loaded: resident(server.pid)? };
    Ok(Figures { rows, memory, bearer, postgres: floor.version.clone(), quick: options.quick })
}

async fn floor_slice(floor: &Floor, cell: Cell, pace: Pace, tally: &mut Tally) -> Result<()> {
    let callers = floor.callers(cell).await?;
    let (_, slice) = drive(callers, pace.warm, pace.slice, floor.watch).await?;
    tally.add(&slice)
}
