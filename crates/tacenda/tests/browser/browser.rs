//! Chromium, driven by its own driver.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    By, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
    error::WebDriverResult,
};

const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";
/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Browser {
    driver: WebDriver,
    process: Child,
    origin: String,
    _profile: TempDir,
}

/// Whether there is a browser; says so where there is none.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must know what was left out")]
pub(crate) fn there_is_none() -> bool {
    let none = !Path::new(CHROMIUM).exists() || !Path::new(DRIVER).exists();
    if none {
        eprintln!("LEFT OUT: the pages were not tried in a browser; scripts/install-browser installs one");
    }
    none
}

/// Tries until there is something.
pub(crate) async fn until_some<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let tries = PATIENCE.as_millis() / 100;
    for _ in 0..tries {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come");
}

impl Browser {
    pub(crate) async fn start(origin: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(DRIVER)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let driver = until_some("the browser", async || {
            let mut wanted = DesiredCapabilities::chrome();
            wanted.set_binary(CHROMIUM).unwrap();
            for argument in [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--lang=en",
                // The server's certificate is of an authority of its own.
                "--ignore-certificate-errors",
            ] {
                wanted.add_arg(argument).unwrap();
            }
            wanted.set_logging_prefs("browser".to_owned(), LoggingPrefsLogLevel::All).unwrap();
            wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
            WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.ok()
        })
        .await;
        let browser = Self { driver, process, origin: origin.to_owned(), _profile: profile };
        browser.cdp("Emulation.setLocaleOverride", json!({"locale": "en"})).await;
        browser
    }

    pub(crate) async fn stop(mut self) {
        let _ = self.driver.clone().quit().await;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// A command of the browser's own protocol.
    pub(crate) async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }

    /// A key that proves its user without asking anybody.
    pub(crate) async fn plug_in_authenticator(&self) {
        self.cdp("WebAuthn.enable", json!({})).await;
        let options = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true});
        self.cdp("WebAuthn.addVirtualAuthenticator", json!({"options": options})).await;
    }

    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.origin)).await.unwrap();
    }

    /// A page of another server.
    pub(crate) async fn open_elsewhere(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// The path of the page shown.
    pub(crate) async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.texts(css).await.into_iter().next().unwrap_or_default()
    }

    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.driver.find_all(By::Css(css)).await.unwrap() {
            // A page that is being left takes its elements along.
            texts.extend(element.text().await.ok());
        }
        texts
    }

    /// Waits for the page with this heading.
    pub(crate) async fn see(&self, heading: &str) {
        let found = tokio::time::timeout(PATIENCE, async {
            while !self.text("h1").await.starts_with(heading) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        if found.await.is_err() {
            panic!("not {heading:?} but at {}: {}", self.path().await, self.text("body").await);
        }
    }

    pub(crate) async fn fill(&self, id: &str, value: &str) {
        let field = self.driver.find(By::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    /// Presses what fits; a page that appears meanwhile is waited for.
    pub(crate) async fn press(&self, css: &str) {
        until_some(&format!("{css} at {}", self.path().await), async || self.try_press(css).await.ok()).await;
    }

    async fn try_press(&self, css: &str) -> WebDriverResult<()> {
        self.driver.find(By::Css(css)).await?.click().await
    }

    /// The button of the one form that is sent to this path.
    pub(crate) async fn send(&self, action: &str) {
        self.press(&format!("form[action='{action}'] button")).await;
    }

    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.unwrap().json().clone()
    }

    pub(crate) async fn run_and_wait(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute_async(script, arguments).await.unwrap().json().clone()
    }

    /// What the browser complains about: content that the policy forbids, scripts that fail.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        log.into_iter().map(|entry| entry.message).collect()
    }
}
