//! The simulator as a program of its own, and calls to it as any client makes them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use dts_history::api::auth::rpc::{Method, canonical_query, encode, signature, string_to_sign};

use crate::support::{Folder, block_on};

/// A running `dts-history simulate`, stopped when dropped.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) endpoint: String,
    pub(crate) job: String,
    pub(crate) access_key_id: String,
    pub(crate) access_key_secret: String,
}

impl Simulator {
    /// Runs this scenario; without any, the demo's world.
    pub(crate) fn start(folder: &Folder, scenario: &str) -> Self {
        folder.write("scenario.toml", scenario);
        let mut command = folder.command(&["simulate", "--scenario", "scenario.toml"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut said = BTreeMap::new();
        let mut collect = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
                said.insert(name.to_owned(), value.to_owned());
            }
            if line.starts_with("dts-history collect") {
                collect = line.split(' ').map(str::to_owned).collect();
                break;
            }
        }
        let flag = |name: &str| {
            let at = collect.iter().position(|word| word == name).unwrap();
            collect[at + 1].clone()
        };
        Self {
            child,
            endpoint: flag("--endpoint"),
            job: flag("--job"),
            access_key_id: said["ALIBABA_CLOUD_ACCESS_KEY_ID"].clone(),
            access_key_secret: said["ALIBABA_CLOUD_ACCESS_KEY_SECRET"].clone(),
        }
    }

    /// `collect` with this simulator's credentials.
    pub(crate) fn collect(&self, folder: &Folder, more: &[&str]) -> crate::support::RunResult {
        self.collect_with(folder, &self.access_key_id, &self.access_key_secret, more)
    }

    pub(crate) fn collect_with(
        &self,
        folder: &Folder,
        id: &str,
        secret: &str,
        more: &[&str],
    ) -> crate::support::RunResult {
        let args = [&["collect", "--job", &self.job, "--endpoint", &self.endpoint], more].concat();
        let mut command = folder.command(&args);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", id).env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret);
        crate::support::RunResult::from_output(command.output().unwrap())
    }

    /// The body of one page, fetched without any code of the client but its signature.
    pub(crate) fn page(&self, number: u32, format: &str) -> String {
        let now = std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
        let number = number.to_string();
        let nonce = format!("{number}-{format}-{:?}", std::time::Instant::now());
        let mut params: BTreeMap<String, String> = [
            ("Action", "DescribeInitializationStatus"),
            ("Version", "2020-01-01"),
            ("Format", format),
            ("AccessKeyId", &self.access_key_id),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &nonce),
            ("Timestamp", String::from_utf8(now.stdout).unwrap().trim()),
            ("SynchronizationJobId", &self.job),
            ("PageSize", "100"),
            ("PageNum", &number),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let signed = signature(&self.access_key_secret, &string_to_sign(Method::Get, &params));
        let url = format!("{}/?{}&Signature={}", self.endpoint, canonical_query(&params), encode(&signed));
        params.clear();
        block_on(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let reply = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
            assert_eq!(reply.status(), 200);
            reply.text().await.unwrap()
        })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
