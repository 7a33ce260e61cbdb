//! `tacenda demo`: everything on this machine, with synthetic patients; and tokens of its accounts.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use tacenda_accounts::AccountRules;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Role, SystemClock};

use super::{Data, role, say};
use crate::{
    demo::{accounts::DemoAccounts, attached::Attached, seed::seed},
    folder::{DataFolder, read_root_key},
    home::Home,
    keys,
    mail::post,
    reload::Reload,
    running::{Running, Sockets},
    standing,
    system::{System, SystemParts},
    tls::make_demo_certificate,
};

/// Runs everything on this machine, with synthetic patients.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DemoCommand {
    #[command(subcommand)]
    tool: Option<Tool>,
    #[command(flatten)]
    data: Data,
    /// The HTTPS port, on loopback.
    #[arg(long, env = "PORT", default_value_t = 8443)]
    port: u16,
    /// The plain HTTP port, on loopback.
    #[arg(long, env = "HTTP_PORT", default_value_t = 8080)]
    http_port: u16,
    /// How many synthetic patients the first start makes.
    #[arg(long, env = "PATIENTS", default_value_t = 200)]
    patients: u32,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Print an access token of the demo's account of a role, and nothing else.
    Token {
        /// The role.
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        data: Data,
    },
    /// Print the password of the demo's person of a role, and nothing else.
    Password {
        /// The role.
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        data: Data,
    },
    /// Print the code that the authenticator app of the demo's person of a role shows now, and nothing else.
    Code {
        /// The role.
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        data: Data,
    },
}

pub(crate) async fn run(command: DemoCommand) -> Result<ExitCode> {
    match command.tool {
        Some(Tool::Token { role, data }) => token(role, &data).await,
        Some(Tool::Password { role, data }) => {
            say(&known(&data)?.credentials(role)?.password);
            Ok(ExitCode::SUCCESS)
        }
        Some(Tool::Code { role, data }) => {
            // EXPOSE: whoever may read the demo's file asks for it.
            say(known(&data)?.credentials(role)?.code(&SystemClock)?.expose());
            Ok(ExitCode::SUCCESS)
        }
        None => demo(&command).await,
    }
}

/// The demo's accounts as its folder has them.
fn known(data: &Data) -> Result<DemoAccounts> {
    let folder = DataFolder::open(&data.data)?;
    DemoAccounts::read(&folder)?
        .with_context(|| format!("{} has no demo: run `make demo` first", data.data.display()))
}

async fn token(role: Role, data: &Data) -> Result<ExitCode> {
    let attached = Attached::open(&data.data).await?;
    let token = attached.token(role).await;
    attached.close().await;
    // EXPOSE: whoever may read the root key asks for it.
    say(token?.expose());
    Ok(ExitCode::SUCCESS)
}

async fn demo(command: &DemoCommand) -> Result<ExitCode> {
    let folder = DataFolder::make(&command.data.data)?;
    if !folder.root_key().exists() {
        folder.make_root_key()?;
    }
    let origin = format!("https://localhost:{}", command.port);
    let on = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let certificates = make_demo_certificate(&folder.tls())?.certificates()?;
    let (tls, plain) = (on(command.port), on(command.http_port));
    let sockets = Sockets::bind(tls, certificates.server_config()?, Some(plain)).await?;
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(version, data = %folder.path().display(), listen = %tls, http_listen = %plain, "starting a demo");
    let home = Home::private_to_serve(&folder).await.with_context(|| beginning_anew(&folder))?;
    let served = serve(command, &folder, &home, origin, sockets, Reload::of_certificate(certificates)).await;
    home.close().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

/// What can always be done with a demo.
fn beginning_anew(folder: &DataFolder) -> String {
    format!(
        "the demo in {} does not start (where it was made by another release, delete the folder and begin anew)",
        folder.path().display()
    )
}

async fn serve(
    command: &DemoCommand,
    folder: &DataFolder,
    home: &Home,
    origin: String,
    sockets: Sockets,
    reload: Reload,
) -> Result<()> {
    standing::refuse_strangers(&home.databases).await?;
    let root = read_root_key(&folder.root_key())?;
    keys::make_first(&home.databases, &root, &SystemClock, &SystemRandom).await?;
    let system = System::open(SystemParts {
        databases: home.databases.clone(),
        root,
        origin,
        witness: folder.witness(),
        // A demo that was put away for a while has its people still.
        rules: AccountRules { dormant_after: SignedDuration::MAX, ..AccountRules::default() },
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    });
    let system = Arc::new(system.await?);
    let accounts = prepare(command, folder, &system).await?;
    let post = post(None, folder, &system.origin)?;
    let running = Running::start(Arc::clone(&system), sockets, post)?;
    announce(command, folder, &system, &accounts).await?;
    running.until_told_to_stop(reload).await
}

/// Makes accounts and patients on the first start, and what is missing of them on a later one.
async fn prepare(command: &DemoCommand, folder: &DataFolder, system: &Arc<System>) -> Result<DemoAccounts> {
    let known = DemoAccounts::read(folder)?;
    let mut accounts = match known {
        Some(accounts) => accounts,
        None => {
            let made = DemoAccounts::make(&system.accounts, system.random.as_ref(), &system.origin).await?;
            made.write(folder)?;
            made
        }
    };
    if accounts.origin != system.origin {
        accounts.origin.clone_from(&system.origin);
        accounts.write(folder)?;
    }
    if accounts.patients == 0 {
        let bar = ProgressBar::new(command.patients.into());
        bar.set_style(ProgressStyle::with_template("making synthetic patients {bar:40} {pos}/{len}")?);
        seed(system, &mut accounts, command.patients, |done| bar.set_position(done.into()))
            .await
            .context("cannot make the demo's patients")?;
        bar.finish_and_clear();
        accounts.write(folder)?;
    }
    accounts.make_credentials(&system.accounts, system.clock.as_ref(), system.random.as_ref()).await?;
    accounts.write(folder)?;
    Ok(accounts)
}

async fn announce(
    command: &DemoCommand,
    folder: &DataFolder,
    system: &Arc<System>,
    accounts: &DemoAccounts,
) -> Result<()> {
    let data = command.data.data.display();
    let token = accounts.token(&system.accounts, system.random.as_ref(), Role::Clinician).await?;
    say(&format!(
        "tacenda: ready at {}/fhir (plain HTTP for this host: http://127.0.0.1:{}/fhir)",
        system.origin, command.http_port
    ));
    say(&format!(
        "  {} synthetic patients; one account for each role: {}",
        accounts.patients,
        roles(accounts)
    ));
    say(&format!("  its people sign in at {}/sign-in with", system.origin));
    for (role, person) in &accounts.people {
        // EXPOSE: the demo shows passwords of its own, to whoever may read their file.
        say(&format!("    {role:<17} {:<30} {}", person.email, person.password));
    }
    say("  and the code that the authenticator app of all but the patient shows:");
    say(&format!("    target/demo/tacenda demo code clinician --data {data}"));
    say(&format!("  a token:  target/demo/tacenda demo token clinician --data {data}"));
    say(&format!("  its mail:  {}", folder.mail().display()));
    say("  a search, ready to paste (the token lasts 5 minutes):");
    say(&format!(
        "  curl --cacert {} -H 'Authorization: Bearer {}' '{}/fhir/Patient?name=mar'",
        folder.tls().join("ca.pem").display(),
        // EXPOSE: the demo shows a token of its own synthetic clinician.
        token.expose(),
        system.origin
    ));
    say("  Ctrl-C stops everything.");
    Ok(())
}

fn roles(accounts: &DemoAccounts) -> String {
    accounts.accounts.keys().cloned().collect::<Vec<_>>().join(", ")
}
