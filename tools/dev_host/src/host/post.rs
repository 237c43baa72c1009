//! Posts to the handler as the real host makes them: HTTP/1.1, chunked, without a length.

use std::net::SocketAddr;

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Body, Frame};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The version that the recordings are from.
pub const HOST_VERSION: &str = "4.1045.200.25556";
/// Bytes in one chunk of the recorded posts, about.
const CHUNK: usize = 1024;

/// What the handler answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, of any length.
    pub body: Bytes,
}

/// Cuts a body as the host does; boundaries may fall inside a character.
pub(super) fn chunks(body: &str) -> Vec<Bytes> {
    let bytes = body.as_bytes().chunks(CHUNK);
    bytes.map(Bytes::copy_from_slice).collect()
}

/// `POST <path>` with the host's own headers, each of `chunks` a chunk of its own.
///
/// # Errors
/// What the connection said, in words.
pub async fn post(
    address: SocketAddr,
    path: &str,
    invocation: &str,
    chunks: Vec<Bytes>,
) -> Result<Answer, String> {
    let frames = chunks
        .into_iter()
        .map(|chunk| Ok::<_, std::convert::Infallible>(Frame::data(chunk)));
    let request = Request::post(path)
        .header("Host", address.to_string())
        .header("X-Azure-Functions-HostVersion", HOST_VERSION)
        .header("X-Azure-Functions-InvocationId", invocation)
        .header("User-Agent", format!("Azure-Functions-Host/{HOST_VERSION}"))
        .header("Content-Type", "application/json; charset=utf-8")
        .body(StreamBody::new(stream::iter(frames)))
        .map_err(|error| error.to_string())?;
    send(address, request).await
}

/// `GET /`: whether somebody is there.
pub(super) async fn get(address: SocketAddr) -> Result<Answer, String> {
    let request = Request::get("/").header("Host", address.to_string());
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    send(address, request).await
}

async fn send<B>(address: SocketAddr, request: Request<B>) -> Result<Answer, String>
where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| format!("the handler cannot be reached: {error}"))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let exchange = async move {
        let ended = |error: hyper::Error| format!("the response ended prematurely: {error}");
        let answer: Response<_> = sender.send_request(request).await.map_err(ended)?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(ended)?;
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    };
    // The connection ends when the exchange drops its sender.
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}
