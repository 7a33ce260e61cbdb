//! The style sheet, the pictures, the letters and the one script: in the binary, under names that change with them.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::{edge::url::Path, refusal::Refusal};

/// A file that pages refer to.
pub(crate) struct Asset {
    bytes: Bytes,
    kind: &'static str,
    name: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..8]);
        Self { bytes, kind, name: format!("{stem}.{hash}.{extension}") }
    }

    /// Where the browser finds it.
    pub(crate) fn url(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Every file.
pub(crate) struct Assets {
    pub(crate) style: Asset,
    pub(crate) logo: Asset,
    pub(crate) passkey: Asset,
    pub(crate) letters: Asset,
}

/// The files, named once.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let letters: &[u8] = include_bytes!("../assets/atkinson-hyperlegible-next.woff2");
    let letters = Asset::new("letters", "woff2", "font/woff2", letters);
    let style = include_str!("../assets/style.css").replace("letters.woff2", &letters.name);
    let (logo, passkey) = (include_str!("../assets/logo.svg"), include_str!("../assets/passkey.js"));
    Assets {
        style: Asset::new("style", "css", "text/css; charset=utf-8", style),
        logo: Asset::new("logo", "svg", "image/svg+xml", logo),
        passkey: Asset::new("passkey", "js", "text/javascript; charset=utf-8", passkey),
        letters,
    }
});

/// `GET /assets/{name}`. A name is never used for other bytes, so browsers may keep it for a year.
pub(crate) async fn get(Path(name): Path<String>) -> Result<Response, Refusal> {
    let Assets { style, logo, passkey, letters } = &*ASSETS;
    let asset = [style, logo, passkey, letters].into_iter().find(|asset| asset.name == name);
    let asset = asset.ok_or(Refusal::NotFound)?;
    let mut response = asset.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}
