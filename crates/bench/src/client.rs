//! A kept-alive HTTP/1.1 connection.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tacenda_kernel::Secret;
use tokio::net::TcpStream;

/// A connection to the server.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    headers: HeaderMap,
}

/// An answer with its whole body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// Where it leads.
    pub(crate) location: Option<HeaderValue>,
}

impl Connection {
    /// Connects, and sends these headers with every request.
    pub(crate) async fn open(address: SocketAddr, headers: HeaderMap) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server does not answer")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped.
        tokio::spawn(connection);
        Ok(Self { sender, headers })
    }

    /// Sends a request and waits for the end of the answer.
    pub(crate) async fn send(&mut self, method: Method, uri: Uri, body: Bytes) -> Result<Answer> {
        let mut request = Request::new(Full::new(body));
        (*request.method_mut(), *request.uri_mut()) = (method, uri);
        request.headers_mut().clone_from(&self.headers);
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let location = response.headers().get(header::LOCATION).cloned();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body, location })
    }
}

/// The headers of every request.
pub(crate) fn headers(address: SocketAddr, token: &str) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, address.to_string().parse()?);
    headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse()?);
    headers.insert(header::CONTENT_TYPE, "application/fhir+json".parse()?);
    Ok(headers)
}

/// The headers of a form by which a program asks for a token.
pub(crate) fn form_headers(address: SocketAddr) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, address.to_string().parse()?);
    headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse()?);
    Ok(headers)
}

/// The headers of a browser in which somebody is signed in.
pub(crate) fn session_headers(address: SocketAddr, session: &Secret<String>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, address.to_string().parse()?);
    // EXPOSE: the browser sends it to whom it is from.
    headers.insert(header::COOKIE, format!("__Host-session={}", session.expose()).parse()?);
    Ok(headers)
}
