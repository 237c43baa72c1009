use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a path answers.
#[derive(Debug, Clone)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// `text/html; charset=utf-8`, ...
    pub content_type: &'static str,
    /// The body as it goes over the wire.
    pub body: Vec<u8>,
}

impl Page {
    /// A page that is there.
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            content_type: "text/html; charset=utf-8",
            body: body.into(),
        }
    }

    /// An Excel file.
    pub fn excel(body: impl Into<Vec<u8>>) -> Self {
        Self {
            content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ..Self::html(body)
        }
    }

    /// A csv file.
    pub fn csv(body: impl Into<Vec<u8>>) -> Self {
        Self {
            content_type: "text/csv; charset=utf-8",
            ..Self::html(body)
        }
    }

    /// An answer that is none.
    pub fn error(status: u16) -> Self {
        Self {
            status,
            ..Self::html("no")
        }
    }
}

/// A web server on loopback with pages that the test sets. Dropping it closes the port.
#[derive(Debug)]
pub struct PageServer {
    addr: SocketAddr,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    requested: Arc<Mutex<Vec<String>>>,
}

impl PageServer {
    /// Starts without any page.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            addr: listener.local_addr().unwrap(),
            pages: Arc::default(),
            requested: Arc::default(),
        };
        let (pages, requested) = (Arc::clone(&server.pages), Arc::clone(&server.requested));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // The last two handles are this thread's: nobody waits for an answer any more.
                if Arc::strong_count(&pages) == 1 {
                    return;
                }
                answer(stream, &pages, &requested);
            }
        });
        server
    }

    /// Sets what `path` answers from now on.
    pub fn set(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// Address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Head of every request so far.
    pub fn requested(&self) -> Vec<String> {
        self.requested.lock().unwrap().clone()
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.pages = Arc::default();
        // Wakes the thread, which then sees that it is alone.
        drop(TcpStream::connect(self.addr));
    }
}

fn answer(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, Page>>,
    requested: &Mutex<Vec<String>>,
) {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
        head.push_str(&line);
        head.push('\n');
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requested.lock().unwrap().push(head);
    let page = pages.lock().unwrap().get(&path).cloned();
    let page = page.unwrap_or_else(|| Page::error(404));
    let length = page.body.len();
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n",
        page.status, page.content_type
    );
    // A client that has hung up has its own reasons.
    if stream.write_all(head.as_bytes()).is_ok() {
        drop(stream.write_all(&page.body));
    }
}
