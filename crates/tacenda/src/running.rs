//! A running system with its sockets, until it is told to stop.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use axum::{Router, routing::get};
use rustls::ServerConfig;
use tacenda_accounts::Post;
use tacenda_gateway::{ConnectionLimits, Listener, serve, with_pages};
use tacenda_telemetry::Measurements;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

use crate::{
    health::{self, Health},
    reload::{Live, Reload},
    system::System,
    upkeep,
};

/// The sockets of a system, bound.
pub struct Sockets {
    tls: Listener,
    plain: Option<Listener>,
}

impl Sockets {
    /// Binds them.
    ///
    /// # Errors
    /// Where an address is taken, or plain HTTP is asked for beyond loopback.
    pub async fn bind(tls: SocketAddr, config: ServerConfig, plain: Option<SocketAddr>) -> Result<Self> {
        let tls = Listener::tls(tls, config).await?;
        let plain = match plain {
            Some(address) => Some(Listener::plain(address).await?),
            None => None,
        };
        Ok(Self { tls, plain })
    }
}

/// A system that serves.
pub struct Running {
    system: Arc<System>,
    stop: watch::Sender<bool>,
    post: watch::Sender<Arc<Post>>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Begins to serve. Metrics are on the plain socket only: it is this host's own.
    ///
    /// # Errors
    /// Where measuring was begun before in this process.
    pub fn start(system: Arc<System>, sockets: Sockets, post: Post) -> Result<Self> {
        let measurements = Measurements::start().context("cannot measure")?;
        let metrics = Router::new().route("/metrics", get(async move || measurements.text()));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let health = Arc::new(Health::of(Arc::clone(&system)));
        let pages = system.pages().merge(health::routes(Arc::clone(&health)));
        let all = with_pages(system.edge(), pages);
        let limits =
            ConnectionLimits { proxies: system.trusted_proxies.clone(), ..ConnectionLimits::default() };
        tasks.spawn(serve(sockets.tls.within(limits.clone()), all.clone(), stopped.clone()));
        if let Some(plain) = sockets.plain {
            tasks.spawn(serve(plain.within(limits), all.merge(metrics), stopped.clone()));
        }
        let (post, way) = watch::channel(Arc::new(post));
        tasks.spawn(upkeep::send_mail(Arc::clone(&system), way, stopped.clone()));
        tasks.spawn(upkeep::keep_rules(Arc::clone(&system), stopped.clone()));
        tasks.spawn(upkeep::keep_looking(health, stopped.clone()));
        tasks.spawn(upkeep::run(Arc::clone(&system), stopped));
        Ok(Self { system, stop, post, tasks })
    }

    /// Waits for Ctrl-C or a termination signal, then lets requests under way end. A hang-up signal has the
    /// configuration read again, and stops nothing.
    ///
    /// # Errors
    /// Where signals cannot be waited for.
    pub async fn until_told_to_stop(mut self, mut reload: Reload) -> Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                told = tokio::signal::ctrl_c() => break told?,
                _ = terminate.recv() => break,
                _ = hang_up.recv() => reload.reload(&Live { system: &self.system, post: &self.post }).await,
            }
        }
        tracing::info!("stopping");
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.system.finish().await;
        Ok(())
    }
}
