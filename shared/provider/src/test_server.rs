//! A vendor's server for tests: it gives its replies in order and remembers what it was asked.

use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::HttpConfig;

/// What the server does with one connection.
pub(crate) enum Reply {
    Bytes(Vec<u8>),
    Hang,
}

/// A server that gives its replies in order, one per connection.
pub(crate) struct Server {
    listener: TcpListener,
    replies: Vec<Reply>,
    pub(crate) requests: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) async fn new(replies: Vec<Reply>) -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            replies,
            requests: Mutex::default(),
        }
    }

    pub(crate) fn config(&self) -> HttpConfig {
        let address = self.listener.local_addr().unwrap();
        HttpConfig {
            base_url: format!("http://{address}"),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64) Test/1".to_owned(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            body_limit_bytes: 100_000,
        }
    }

    /// Serves while `question` is open.
    pub(crate) async fn during<T>(&self, question: impl Future<Output = T>) -> T {
        tokio::select! {
            answer = question => answer,
            () = self.serve() => panic!("more connections than replies"),
        }
    }

    async fn serve(&self) {
        for reply in &self.replies {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            self.requests.lock().unwrap().push(request);
            match reply {
                Reply::Bytes(bytes) => {
                    stream.write_all(bytes).await.unwrap();
                    stream.shutdown().await.unwrap();
                }
                Reply::Hang => std::future::pending().await,
            }
        }
        // The question may not have read its answer yet.
        self.listener.accept().await.unwrap();
    }
}

pub(crate) fn reply(status: u16, content_type: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

/// JSON with status 200.
pub(crate) fn json(body: &str) -> Reply {
    reply(200, "application/json", "", body.as_bytes())
}
