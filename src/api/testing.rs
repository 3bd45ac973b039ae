//! An HTTP server with canned answers, for the tests of this module.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::auth::acs3;
use super::auth::credentials::Credentials;
use super::auth::rpc::{self, Method, Params};
use super::calls::initialization_status::{self, Reply, Shape, write_json};
use super::error::Error;
use super::options::Options;
use super::transport::call_stats::CallCounter;
use super::transport::client::Client;
use super::wire::head::Head;
use crate::clock::{Clock, ManualClock};
use crate::model::{Job, JobKind, ObjectKey, ObjectState, Page, Phase, Reading, Status};

pub(super) const KEY_ID: &str = "LTAI5tTestKey000000000001";
pub(super) const SECRET: &str = "TestSecret/0123456789";
pub(super) const TOKEN: &str = "CAIS+TestToken/==";
/// 2026-01-02T03:04:05Z
pub(super) const NOON_MS: i64 = 1_767_323_045_000;

/// A received request.
#[derive(Debug, Clone)]
pub(super) struct ReceivedRequest {
    pub(super) method: String,
    pub(super) path: String,
    /// The parameters of the URL and of the form.
    pub(super) params: Params,
    pub(super) headers: BTreeMap<String, String>,
}

impl ReceivedRequest {
    pub(super) fn page(&self) -> u32 {
        self.params["PageNum"].parse().unwrap()
    }

    /// Requests to the metadata service, to a credentials URI, or to STS with an OIDC token are unsigned.
    fn must_be_signed(&self) -> bool {
        self.path == "/" && self.params.get("Action").is_none_or(|action| action != "AssumeRoleWithOIDC")
    }

    /// Whether it has a valid signature of either version.
    fn is_signed(&self) -> bool {
        let method = if self.method == "GET" { Method::Get } else { Method::Post };
        if let Some(header) = self.headers.get("authorization") {
            let hash = acs3::payload_sha256(b"");
            return acs3::Authorization::parse(header)
                .is_some_and(|said| said.verify(SECRET, method, &self.params, &self.headers, &hash));
        }
        let signature = self.params.get(rpc::SIGNATURE).cloned().unwrap_or_default();
        rpc::verify(SECRET, method, &self.params, &signature)
    }
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Reply {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Announces the whole body and sends all but its last bytes.
    Cut {
        body: Vec<u8>,
    },
    /// Closes the connection without an answer.
    Reset,
    /// Waits, then answers.
    Late(Duration, Box<Answer>),
}

impl Answer {
    pub(super) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, body)
    }

    pub(super) fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.into() }
    }

    /// The gateway's error body.
    pub(super) fn error(status: u16, code: &str) -> Self {
        let message = format!("about {code}");
        let body =
            format!(r#"{{"RequestId":"REQ-{code}","HostId":"h","Code":"{code}","Message":"{message}"}}"#);
        Self::status(status, body)
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

/// An answer with one page that has a data row for each of these tables.
pub(super) fn page_of(tables: &[&str]) -> Answer {
    let readings = tables.iter().map(|table| reading(table)).collect();
    let head = Head { success: true, request_id: Some("REQ".to_owned()), ..Head::default() };
    Answer::ok(write_json(&Reply { head, readings }, Shape::Flat))
}

pub(super) fn reading(table: &str) -> Reading {
    let key = ObjectKey {
        phase: Phase::Data,
        source_db: "shop".to_owned(),
        destination_db: "shop".to_owned(),
        object_type: None,
        parent_name: None,
        object_name: table.to_owned(),
    };
    Reading { key, state: ObjectState { status: Some(Status::Migrating), ..ObjectState::default() } }
}

pub(super) fn job() -> Job {
    Job {
        id: "dtsi76118o3w92abcd".to_owned(),
        region: Some("cn-hangzhou".to_owned()),
        name: None,
        kind: JobKind::default(),
    }
}

/// Fetches one page without counting calls.
pub(super) async fn fetch_page(client: &Client, job: &Job, number: u32) -> Result<Page, Error> {
    initialization_status::fetch_page(client, job, number, &CallCounter::default()).await
}

/// The requests a server has received.
#[derive(Debug, Default)]
struct Log {
    requests: Mutex<Vec<ReceivedRequest>>,
    open: AtomicUsize,
    max_open: AtomicUsize,
}

/// A server on a free port that verifies the signature of every request.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    log: Arc<Log>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server whose answers the function computes.
    pub(super) async fn start(answer: impl Fn(&ReceivedRequest) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let answer = Arc::new(answer);
        let task_log = Arc::clone(&log);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&task_log), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &log, &*answer).await });
            }
        });
        Self { address, log, task }
    }

    /// Starts a server that sends these answers in order, and repeats the last one.
    pub(super) async fn queue(answers: impl IntoIterator<Item = Answer>) -> Self {
        let queue = Mutex::new(answers.into_iter().collect::<std::collections::VecDeque<_>>());
        Self::start(move |_| {
            let mut queue = queue.lock().unwrap();
            if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() }
        })
        .await
    }

    /// The requests so far, in order of arrival.
    pub(super) fn requests(&self) -> Vec<ReceivedRequest> {
        self.log.requests.lock().unwrap().clone()
    }

    /// The maximum number of requests that were open at the same time.
    pub(super) fn max_open(&self) -> usize {
        self.log.max_open.load(Ordering::SeqCst)
    }

    pub(super) fn requested_pages(&self) -> Vec<u32> {
        let mut pages: Vec<_> = self.requests().iter().map(ReceivedRequest::page).collect();
        pages.sort_unstable();
        pages
    }

    /// Options for this server with short pauses and timeouts.
    pub(super) fn options(&self) -> Options {
        Options {
            endpoint: Some(format!("http://{}", self.address)),
            timeout_seconds: 5.0,
            retry_for_seconds: 5.0,
            first_pause: Duration::from_millis(1),
            max_calls_per_second: 1e6,
            ..Options::default()
        }
    }

    pub(super) fn client(&self) -> Client {
        client_with(self.options())
    }
}

pub(super) fn client_with(options: Options) -> Client {
    client_at(options, Arc::new(ManualClock::at(NOON_MS)))
}

pub(super) fn client_at(options: Options, clock: Arc<dyn Clock>) -> Client {
    Client::new(options, Credentials::fixed(KEY_ID, SECRET, Some(TOKEN)), clock).unwrap()
}

async fn serve(mut stream: TcpStream, log: &Log, answer: &(dyn Fn(&ReceivedRequest) -> Answer + Sync)) {
    let Some(request) = request(&mut stream).await else { return };
    assert!(!request.must_be_signed() || request.is_signed(), "a wrong signature: {request:?}");
    let mut answer = answer(&request);
    log.requests.lock().unwrap().push(request);
    log.max_open.fetch_max(log.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    if let Answer::Late(wait, then) = answer {
        tokio::time::sleep(wait).await;
        answer = *then;
    }
    log.open.fetch_sub(1, Ordering::SeqCst);
    let (status, headers, body, sent) = match answer {
        Answer::Reply { status, headers, body } => (status, headers, body.clone(), body.len()),
        Answer::Cut { body } => (200, Vec::new(), body.clone(), body.len() - 3),
        Answer::Reset => return,
        Answer::Late(..) => panic!("late twice"),
    };
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", &value, "\r\n"]);
    }
    head.push_str("\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body[..sent]).await;
    let _ = stream.shutdown().await;
}

async fn request(stream: &mut TcpStream) -> Option<ReceivedRequest> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let first: Vec<_> = lines.next().unwrap().split(' ').map(str::to_owned).collect();
    let url = reqwest::Url::parse(&format!("http://h{}", first[1])).unwrap();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let form = reqwest::Url::parse(&format!("http://h/?{}", String::from_utf8(body).unwrap())).unwrap();
    let params = url.query_pairs().into_owned().chain(form.query_pairs().into_owned()).collect();
    Some(ReceivedRequest { method: first[0].clone(), path: url.path().to_owned(), params, headers })
}

/// A TLS server with an untrusted certificate. It accepts one connection.
pub(super) fn untrusted_tls() -> SocketAddr {
    use std::io::Read as _;

    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("../../tests/tls/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../tests/tls/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let _ = rustls::Stream::new(&mut connection, &mut stream).read(&mut [0; 1]);
    });
    address
}
