use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::api::testing::{Answer, KEY_ID, NOON_MS, ReceivedRequest, SECRET, Server, TOKEN};

/// A machine with environment variables and a home directory.
struct Machine {
    home: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

const CLI_FILE: &str = ".aliyun/config.json";
const INI_FILE: &str = ".alibabacloud/credentials.ini";

impl Machine {
    fn new(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        variables.insert("HOME".to_owned(), home.path().display().to_string());
        Self { home, variables }
    }

    fn with_file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn with_profiles(self, current: &str, profiles: &str) -> Self {
        self.with_file(CLI_FILE, &format!(r#"{{"current":"{current}","profiles":[{profiles}]}}"#))
    }

    fn discover(&self, profile: Option<&str>) -> Result<Credentials, Error> {
        let variables = self.variables.clone();
        Credentials::discover_in(profile, Arc::new(move |name| variables.get(name).cloned()))
    }

    /// Like [`Self::discover`], with a test server in place of all remote sources.
    fn discover_with(&self, profile: Option<&str>, server: &Server) -> Credentials {
        let mut credentials = self.discover(profile).unwrap();
        let here = format!("http://{}", server.address);
        credentials.remote = Arc::new(RemoteKeyClient::with_endpoints(&here, Some(here.clone())));
        credentials
    }

    fn discovery_error(&self, profile: Option<&str>) -> String {
        self.discover(profile).expect_err("should be refused").to_string().replace(&self.home_text(), "~")
    }

    fn home_text(&self) -> String {
        self.home.path().display().to_string()
    }
}

async fn access_key_id(credentials: &Credentials) -> String {
    credentials.access_key(NOON_MS).await.unwrap().id.clone()
}

const AK: &str = r#"{"name":"default","mode":"AK","access_key_id":"LTAIcli","access_key_secret":"s"}"#;
const KEY_VARIABLES: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret\n")];
const OIDC_VARIABLES: [(&str, &str); 3] = [
    ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/pod"),
    ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/ack"),
    ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/nowhere/token"),
];

#[tokio::test]
async fn sources_are_tried_in_the_order_of_the_vendor() {
    let ini = "[default]\ntype = access_key\naccess_key_id = LTAIini # mine\naccess_key_secret = s\n";
    let everything = [&KEY_VARIABLES[..], &OIDC_VARIABLES[..]].concat();
    let machine = Machine::new(&everything).with_profiles("default", AK).with_file(INI_FILE, ini);
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIenv");
    let said = machine.discover(None).unwrap().describe(NOON_MS).await.unwrap();
    assert_eq!(said, "the environment variable ALIBABA_CLOUD_ACCESS_KEY_ID (access key …)");

    let machine = Machine::new(&OIDC_VARIABLES).with_profiles("default", AK).with_file(INI_FILE, ini);
    let printed = format!("{:?}", machine.discover(None).unwrap());
    assert_eq!(printed, "Credentials(the OIDC role acs:ram::1:role/pod of the environment)");

    let machine = Machine::new(&OIDC_VARIABLES[..2]).with_profiles("default", AK).with_file(INI_FILE, ini);
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIcli");

    let machine = Machine::new(&[("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")])
        .with_profiles("default", AK)
        .with_file(INI_FILE, ini);
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIini");

    // The default profile of an unconfigured CLI is no source.
    let untouched = r#"{"name":"default","mode":"AK","access_key_id":"","access_key_secret":""}"#;
    let machine =
        Machine::new(&[]).with_profiles("default", untouched).with_file(".alibabacloud/credentials", ini);
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIini");
}

#[tokio::test]
async fn the_home_directory_is_found_on_windows() {
    for variable in ["USERPROFILE", "HOMEPATH"] {
        let mut machine = Machine::new(&[]).with_profiles("default", AK);
        let home = machine.variables.remove("HOME").unwrap();
        machine.variables.insert(variable.to_owned(), home);
        assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIcli", "{variable}");
    }
}

#[tokio::test]
async fn a_profile_is_chosen_by_name() {
    let sts = format!(
        r#"{{"name":"other","mode":"ststoken","access_key_id":"STS.o","access_key_secret":"s","sts_token":"{TOKEN}"}}"#
    );
    let ini = "[third]\naccess_key_id = LTAIthird\naccess_key_secret = s\n";
    let machine = Machine::new(&KEY_VARIABLES)
        .with_profiles("default", &format!("{AK},{sts}"))
        .with_file(INI_FILE, ini);
    // Named by the job: the environment's key is somebody else.
    let credentials = machine.discover(Some("other")).unwrap();
    let access_key = credentials.access_key(NOON_MS).await.unwrap();
    assert_eq!((access_key.id.as_str(), access_key.token()), ("STS.o", Some(TOKEN)));
    assert_eq!(access_key_id(&machine.discover(Some("third")).unwrap()).await, "LTAIthird");
    assert_eq!(
        machine.discovery_error(Some("prod")),
        "no profile \"prod\" in ~/.aliyun/config.json, ~/.alibabacloud/credentials.ini; the profiles there are: \
         default, other, third"
    );

    let machine =
        Machine::new(&[("ALIBABA_CLOUD_PROFILE", "other")]).with_profiles("default", &format!("{AK},{sts}"));
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "STS.o");
    let machine =
        Machine::new(&[("ALIBABA_CLOUD_PROFILE", "")]).with_profiles("default", &format!("{AK},{sts}"));
    assert_eq!(access_key_id(&machine.discover(None).unwrap()).await, "LTAIcli");
    let machine = Machine::new(&[("ALIBABA_CLOUD_PROFILE", "gone")]).with_profiles("default", AK);
    assert!(machine.discovery_error(None).starts_with("no profile \"gone\""));
}

#[test]
fn an_invalid_configured_source_is_an_error_without_fallback() {
    let ini = "[default]\naccess_key_id = LTAIini\naccess_key_secret = s\n";
    let profile = |body: &str| {
        let machine = Machine::new(&[]).with_file(INI_FILE, ini);
        machine.with_profiles("p", &format!(r#"{{"name":"p",{body}}}"#)).discovery_error(None)
    };
    let what = |mode: &str| format!("the profile \"p\" of ~/.aliyun/config.json ({mode})");
    for (body, mode, key) in [
        (r#""mode":"AK","access_key_id":"LTAI""#, "AK", "access_key_secret"),
        (r#""mode":"StsToken","access_key_id":"a","access_key_secret":"s""#, "StsToken", "sts_token"),
        (r#""mode":"RamRoleArn","access_key_id":"a","access_key_secret":"s""#, "RamRoleArn", "ram_role_arn"),
        (r#""mode":"OIDC","ram_role_arn":"r""#, "OIDC", "oidc_provider_arn"),
        (r#""mode":"CredentialsURI""#, "CredentialsURI", "credentials_uri"),
        (r#""mode":"ChainableRamRoleArn","ram_role_arn":"r""#, "ChainableRamRoleArn", "source_profile"),
    ] {
        let expected =
            format!("{} has no {key}, which its mode needs; add it, or choose another profile", what(mode));
        assert_eq!(profile(body), expected);
    }
    for mode in ["CloudSSO", "OAuth", "External", "RsaKeyPair", "Surprise"] {
        let said = profile(&format!(r#""mode":"{mode}""#));
        assert!(
            said.starts_with(&format!("{} has the mode {mode}, which is not supported", what(mode))),
            "{said}"
        );
    }
    let said = profile(r#""mode":"ChainableRamRoleArn","ram_role_arn":"r","source_profile":"p""#);
    assert!(said.contains("leads back to itself"), "{said}");
    let said = profile(r#""mode":"ChainableRamRoleArn","ram_role_arn":"r","source_profile":"q""#);
    assert!(said.starts_with("no profile \"q\" in"), "{said}");
    let said = profile(r#""mode":"CredentialsURI","credentials_uri":"file:///etc/passwd""#);
    assert!(said.contains("its scheme is file"), "{said}");

    let said = Machine::new(&[]).with_file(CLI_FILE, "{\"current\":\n\"s3cret\"").discovery_error(None);
    assert_eq!(
        said,
        "the credentials file ~/.aliyun/config.json cannot be used: it is not the JSON of a configuration (line 2)"
    );
    let said = Machine::new(&KEY_VARIABLES[..1]).with_profiles("default", AK).discovery_error(None);
    assert!(
        said.starts_with("ALIBABA_CLOUD_ACCESS_KEY_ID is set but ALIBABA_CLOUD_ACCESS_KEY_SECRET is not")
    );
    let said =
        Machine::new(&[]).with_file(INI_FILE, "[default]\ntype = rsa_key_pair\n").discovery_error(None);
    assert!(
        said.contains("~/.alibabacloud/credentials.ini (rsa_key_pair) has the mode rsa_key_pair"),
        "{said}"
    );
    let nothing = Machine::new(&[("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")]);
    assert_eq!(nothing.discover(None).unwrap_err(), Error::Missing);
}

/// The metadata service of an instance with one role. `version` is the only one it speaks.
fn instance(version: u32) -> impl Fn(&ReceivedRequest) -> Answer {
    move |request| match (request.method.as_str(), request.path.as_str()) {
        ("PUT", "/latest/api/token") if version == 2 => {
            assert_eq!(request.headers["x-aliyun-ecs-metadata-token-ttl-seconds"], "21600");
            Answer::ok("metadata-token")
        }
        ("GET", _) if version == 2 && !request.headers.contains_key("x-aliyun-ecs-metadata-token") => {
            Answer::status(403, "")
        }
        ("GET", "/latest/meta-data/ram/security-credentials/") => Answer::ok("recorder"),
        ("GET", "/latest/meta-data/ram/security-credentials/recorder") => {
            Answer::ok(keys_json("2026-01-02T09:00:00Z"))
        }
        _ => Answer::status(404, ""),
    }
}

fn keys_json(expiration: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"STS.remote","AccessKeySecret":"{SECRET}","SecurityToken":"{TOKEN}",
            "Expiration":"{expiration}","LastUpdated":"2026-01-02T03:00:00Z"}}"#
    )
}

#[tokio::test]
async fn instance_metadata_is_requested_with_version_2_first() {
    for (version, calls) in [(2, 4), (1, 4)] {
        let server = Server::start(instance(version)).await;
        let machine = Machine::new(&[]);
        let credentials = machine.discover_with(None, &server);
        let access_key = credentials.access_key(NOON_MS).await.unwrap();
        assert_eq!((access_key.id.as_str(), access_key.token()), ("STS.remote", Some(TOKEN)));
        assert_eq!(server.requests().len(), calls, "a token, the role, a token, its access_key");
        credentials.access_key(NOON_MS).await.unwrap();
        assert_eq!(server.requests().len(), calls, "asked once");
        let said = credentials.describe(NOON_MS).await.unwrap();
        assert_eq!(said, "the role recorder of this ECS instance (access key STS.remo…)");
    }
    let server = Server::start(instance(1)).await;
    let strict = Machine::new(&[
        ("ALIBABA_CLOUD_IMDSV1_DISABLED", "true"),
        ("ALIBABA_CLOUD_ECS_METADATA", "recorder"),
    ]);
    let said = strict.discover_with(None, &server).access_key(NOON_MS).await.unwrap_err().to_string();
    assert_eq!(
        said,
        "the role recorder of this ECS instance gave no credentials: its metadata service answered HTTP 404"
    );
    assert!(server.requests().iter().all(|request| request.method == "PUT"));
}

#[tokio::test]
async fn credentials_uri_is_tried_after_the_instance_role() {
    let server = Server::start(|request| match request.path.as_str() {
        "/access_key" => Answer::ok(keys_json("2026-01-02T09:00:00Z")),
        _ => Answer::status(404, ""),
    })
    .await;
    let uri = format!("http://{}/access_key?token=hidden", server.address);
    let credentials = Machine::new(&[("ALIBABA_CLOUD_CREDENTIALS_URI", &uri)]).discover_with(None, &server);
    assert_eq!(access_key_id(&credentials).await, "STS.remote");
    let said = credentials.describe(NOON_MS).await.unwrap();
    assert_eq!(said, "the credentials URI of 127.0.0.1 (access key STS.remo…)");
    assert!(
        server.requests().iter().any(|request| request.path == "/latest/api/token"),
        "the instance is asked first"
    );

    let nothing = Machine::new(&[]).discover_with(None, &server);
    assert_eq!(nothing.access_key(NOON_MS).await.unwrap_err(), Error::Missing);
}

/// STS: keys that end at this time, for a role asked for as it must be.
fn sts(expiration: &'static str) -> impl Fn(&ReceivedRequest) -> Answer {
    move |request| {
        assert_eq!(request.params["Version"], "2015-04-01");
        assert_eq!(request.params["RoleSessionName"], "dts-history");
        let arn = &request.params["RoleArn"];
        let access_key = keys_json(expiration).replace("STS.remote", &format!("STS.{arn}"));
        Answer::ok(format!(r#"{{"RequestId":"r","AssumedRoleUser":{{}},"Credentials":{access_key}}}"#))
    }
}

const LATER: &str = "2026-01-02T04:04:05Z";

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_its_source() {
    let server = Server::start(sts(LATER)).await;
    let base = format!(r#""access_key_id":"{KEY_ID}","access_key_secret":"{SECRET}""#);
    let machine = Machine::new(&[]).with_profiles(
        "top",
        &format!(
            r#"{{"name":"ak","mode":"AK",{base}}},
               {{"name":"one","mode":"RamRoleArn","ram_role_arn":"role/one","expired_seconds":900,{base}}},
               {{"name":"top","mode":"ChainableRamRoleArn","ram_role_arn":"role/top","source_profile":"one"}}"#
        ),
    );
    let access_key = machine.discover_with(Some("one"), &server).access_key(NOON_MS).await.unwrap();
    assert_eq!(access_key.id, "STS.role/one");
    let request = server.requests().remove(0);
    assert_eq!(
        (request.params["Action"].as_str(), request.params["DurationSeconds"].as_str()),
        ("AssumeRole", "900")
    );
    assert_eq!(request.params["AccessKeyId"], KEY_ID);

    assert_eq!(access_key_id(&machine.discover_with(None, &server)).await, "STS.role/top");
    let request = server.requests().remove(2);
    assert_eq!(
        (request.params["AccessKeyId"].as_str(), request.params["SecurityToken"].as_str()),
        ("STS.role/one", TOKEN)
    );
    assert_eq!(request.params["DurationSeconds"], "3600");
}

#[tokio::test]
async fn an_oidc_token_is_sent_in_an_unsigned_body() {
    let server = Server::start(sts(LATER)).await;
    let mut machine = Machine::new(&OIDC_VARIABLES).with_file("token", "eyJhbGciOi.token\n");
    let file = Path::new(&machine.home_text()).join("token").display().to_string();
    machine.variables.insert("ALIBABA_CLOUD_OIDC_TOKEN_FILE".to_owned(), file);
    assert_eq!(access_key_id(&machine.discover_with(None, &server)).await, "STS.acs:ram::1:role/pod");
    let request = server.requests().remove(0);
    for (name, value) in [
        ("Action", "AssumeRoleWithOIDC"),
        ("OIDCProviderArn", "acs:ram::1:oidc-provider/ack"),
        ("OIDCToken", "eyJhbGciOi.token"),
        ("Timestamp", "2026-01-02T03:04:05Z"),
    ] {
        assert_eq!(request.params[name], value);
    }
    assert!(!request.params.contains_key("AccessKeyId") && !request.params.contains_key("Signature"));

    let gone = Machine::new(&OIDC_VARIABLES).discover_with(None, &server);
    let said = gone.access_key(NOON_MS).await.unwrap_err().to_string();
    assert!(
        said.starts_with(
            "the OIDC role acs:ram::1:role/pod of the environment gave no credentials: /nowhere/"
        )
    );
}

#[tokio::test]
async fn sts_errors_contain_no_secrets() {
    let body = format!(
        r#"{{"Code":"NoPermission","Message":"no, {SECRET}. server string to sign is:x","RequestId":"r7"}}"#
    );
    let server = Server::queue([Answer::status(403, body), Answer::status(503, ""), Answer::ok("{}")]).await;
    let profile = format!(
        r#"{{"name":"p","mode":"RamRoleArn","ram_role_arn":"r","access_key_id":"a","access_key_secret":"{SECRET}"}}"#
    );
    let machine = Machine::new(&[]).with_profiles("p", &profile);
    let credentials = machine.discover_with(None, &server);
    let error = credentials.access_key(NOON_MS).await.unwrap_err();
    let said = error.to_string();
    assert!(said.ends_with("answered NoPermission (HTTP 403): no, *** (RequestId r7)"), "{said}");
    assert!(!error.is_transient());
    assert!(credentials.access_key(NOON_MS).await.unwrap_err().is_transient(), "503 may pass");
    assert!(credentials.access_key(NOON_MS).await.is_err());
}

#[tokio::test]
async fn temporary_keys_are_fetched_again_before_they_expire() {
    let server = Server::queue([
        Answer::ok(keys_json(LATER)),
        Answer::status(503, ""),
        Answer::ok(keys_json("2026-01-02T06:00:00Z").replace("STS.remote", "STS.second")),
    ])
    .await;
    let uri = format!("http://{}/access_key", server.address);
    let variables =
        [("ALIBABA_CLOUD_CREDENTIALS_URI", uri.as_str()), ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")];
    let credentials = Machine::new(&variables).discover_with(None, &server);
    let minute = 60_000;
    let at = |minutes: i64| NOON_MS + minutes * minute;
    let id = async |now_ms| credentials.access_key(now_ms).await.unwrap().id.clone();
    assert_eq!(id(at(0)).await, "STS.remote");
    assert_eq!(id(at(44)).await, "STS.remote");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(id(at(46)).await, "STS.remote", "the source is in trouble, the old ones still work");
    assert_eq!(id(at(47)).await, "STS.second");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_expired_token_is_read_again_from_its_source() {
    let profile = |id: &str| {
        format!(
            r#"{{"name":"p","mode":"StsToken","access_key_id":"{id}","access_key_secret":"s","sts_token":"t"}}"#
        )
    };
    let machine = Machine::new(&[]).with_profiles("p", &profile("STS.old"));
    let credentials = machine.discover(None).unwrap();
    let old = credentials.access_key(NOON_MS).await.unwrap();
    assert!(!credentials.renew(&old, NOON_MS).await.unwrap(), "the file still has the old ones");
    let old = credentials.access_key(NOON_MS).await.unwrap();
    let machine = machine.with_profiles("p", &profile("STS.new"));
    assert!(credentials.renew(&old, NOON_MS).await.unwrap());
    assert_eq!(access_key_id(&credentials).await, "STS.new");
    assert!(credentials.clone().renew(&old, NOON_MS).await.unwrap(), "another call was faster");
    drop(machine);
    assert!(!Credentials::fixed("a", "b", None).renew(&old, NOON_MS).await.unwrap_or(true));
}
