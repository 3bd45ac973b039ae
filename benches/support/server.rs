//! A server with prepared replies, so that only the client is measured. It answers each request for a page after a
//! fixed latency, in a separate process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::{World, body};

/// Argument that starts a benchmark as the server; objects and latency follow.
const SERVE: &str = "--serve";

/// The running server; stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(objects: usize, latency: Duration) -> Self {
        let program = std::env::current_exe().expect("this program");
        let arguments = [SERVE.to_owned(), objects.to_string(), latency.as_millis().to_string()];
        let mut child =
            Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().expect("a server");
        let mut address = String::new();
        let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
        said.read_line(&mut address).expect("an address");
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until killed if this process was started as the server.
pub(crate) fn serve_if_asked() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, serve, objects, latency_ms] = &arguments[..] else { return };
    if serve != SERVE {
        return;
    }
    let latency = Duration::from_millis(latency_ms.parse().expect("milliseconds"));
    let mut replies: Vec<Vec<u8>> =
        World::new(objects.parse().expect("a number")).bodies().into_iter().map(reply).collect();
    replies.push(reply(body(Vec::new())));
    let replies = Arc::new(replies);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    for stream in listener.incoming() {
        let (stream, replies) = (stream.expect("a connection"), Arc::clone(&replies));
        std::thread::spawn(move || answer(&stream, &replies, latency));
    }
}

fn reply(body: String) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

/// Answers requests until the client closes the connection.
fn answer(mut stream: &TcpStream, replies: &[Vec<u8>], latency: Duration) {
    stream.set_nodelay(true).expect("a socket");
    let mut reader = BufReader::new(stream);
    loop {
        let (mut page, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            page = page.or_else(|| number_after(&line, "PageNum="));
            length = number_after(&line.to_ascii_lowercase(), "content-length: ").unwrap_or(length);
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let page = page.or_else(|| number_after(&String::from_utf8_lossy(&body), "PageNum=")).unwrap_or(1);
        std::thread::sleep(latency);
        let reply = &replies[page.clamp(1, replies.len()) - 1];
        if stream.write_all(reply).is_err() {
            return;
        }
    }
}

fn number_after(text: &str, name: &str) -> Option<usize> {
    let rest = &text[text.find(name)? + name.len()..];
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}
