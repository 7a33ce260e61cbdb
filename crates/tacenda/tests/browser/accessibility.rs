//! axe-core on every page: light and dark, wide and 320 pixels; and a picture of each to look at.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::{Value, json};

use crate::browser::Browser;

/// Where npm puts it, and where pictures go.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/browser")
}

/// axe-core's text; none where npm does not get it, which is said once.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must know what was left out")]
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    let found = AXE.get_or_init(|| {
        let file = folder().join("node_modules/axe-core/axe.min.js");
        if !file.exists() {
            std::fs::create_dir_all(folder()).unwrap();
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]);
            let _ = npm.arg(folder()).arg("axe-core@4.11").output();
        }
        let text = std::fs::read_to_string(file).ok();
        if text.is_none() {
            eprintln!("LEFT OUT: accessibility was not checked; npm install axe-core did not work");
        }
        text
    });
    found.as_deref()
}

/// Looks at the page that is shown, in every form; what was looked at before is not looked at again.
pub(crate) struct Looker<'a> {
    browser: &'a Browser,
    seen: BTreeSet<String>,
}

impl<'a> Looker<'a> {
    pub(crate) fn with(browser: &'a Browser) -> Self {
        Self { browser, seen: BTreeSet::new() }
    }

    /// No violation, nothing wider than the window, and no complaint of the browser.
    pub(crate) async fn look(&mut self, name: &str) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        for scheme in ["light", "dark"] {
            for width in [320, 1280] {
                self.show(scheme, width).await;
                let at = format!("{name} {scheme} {width}");
                let wide = self.browser.run("return document.documentElement.scrollWidth", vec![]).await;
                assert!(wide.as_u64().unwrap() <= width, "{at} is {wide} wide");
                self.check(&at).await;
                self.picture(&format!("{name}-{width}-{scheme}"), width).await;
            }
        }
        let complaints = self.browser.complaints().await;
        let forbidden: Vec<_> = complaints.iter().filter(|text| text.contains("Security Policy")).collect();
        assert!(forbidden.is_empty(), "{name}: {forbidden:?}");
        self.browser.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn show(&self, scheme: &str, width: u64) {
        // A colour that is on its way to another is neither.
        let features = json!([{"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.browser.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.browser.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn check(&self, at: &str) {
        let Some(axe) = axe() else { return };
        self.browser.run(axe, vec![]).await;
        let script = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})\
                      .then(found => done(found.violations.map(v => [v.id, v.nodes.map(n => n.html + n.failureSummary)])));";
        let violations = self.browser.run_and_wait(script, vec![]).await;
        assert_eq!(violations, json!([]), "{at}");
    }

    async fn picture(&self, name: &str, width: u64) {
        let script = "return Math.max(document.documentElement.scrollHeight, 800)";
        let height = self.browser.run(script, vec![]).await;
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture: Value = self.browser.cdp("Page.captureScreenshot", wanted).await;
        let bytes = data_encoding::BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap();
        let pictures = folder().join("screenshots");
        std::fs::create_dir_all(&pictures).unwrap();
        std::fs::write(pictures.join(format!("{name}.png")), bytes).unwrap();
    }
}
