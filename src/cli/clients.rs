//! The API client of each job, from its credentials profile and the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::Config;
use super::error::{CliError, CommandError, usage_error};
use crate::api::auth::credentials::Credentials;
use crate::api::options::Options;
use crate::api::transport::client::Client;
use crate::api::transport::endpoint::Endpoint;
use crate::clock::{Clock as _, SystemClock};
use crate::model::Job;

/// Clients by job id. Jobs of one credentials profile share a client and its rate limit.
pub(super) type Clients = BTreeMap<String, Arc<Client>>;

/// The clients of these jobs. `endpoint` replaces the configured one.
pub(super) fn for_jobs(
    config: &Config,
    endpoint: Option<&String>,
    jobs: &[Job],
) -> Result<Clients, CommandError> {
    let mut by_profile: BTreeMap<Option<&str>, Arc<Client>> = BTreeMap::new();
    let mut clients = Clients::new();
    for job in jobs {
        check_endpoint(config, endpoint, job)?;
        let profile = config.profiles.get(&job.id).map(String::as_str);
        let client = match by_profile.get(&profile) {
            Some(client) => Arc::clone(client),
            None => Arc::new(for_profile(config, endpoint, profile)?),
        };
        by_profile.insert(profile, Arc::clone(&client));
        clients.insert(job.id.clone(), client);
    }
    Ok(clients)
}

/// The client of a credentials profile; `None` for the credentials that the vendor's tools would use.
pub(super) fn for_profile(
    config: &Config,
    endpoint: Option<&String>,
    profile: Option<&str>,
) -> Result<Client, CommandError> {
    let api = &config.api;
    let options = Options { endpoint: endpoint.or(api.endpoint.as_ref()).cloned(), ..api.clone() };
    let credentials = Credentials::discover(profile).map_err(usage_error)?;
    Client::new(options, credentials, Arc::new(SystemClock)).map_err(usage_error)
}

/// Rejects missing credentials before a sweep begins. After a transient error the sweep reports the error, if it
/// persists.
pub(super) async fn check_credentials(clients: &Clients) -> Result<(), CommandError> {
    for client in clients.values() {
        match client.credentials().describe(SystemClock.now_ms()).await {
            Ok(source) => tracing::info!(%source, "credentials found"),
            Err(error) if error.is_transient() => tracing::warn!(%error, "no credentials yet"),
            Err(error) => return Err(usage_error(error)),
        }
    }
    Ok(())
}

/// Rejects a job without a valid endpoint.
fn check_endpoint(config: &Config, endpoint: Option<&String>, job: &Job) -> Result<(), CommandError> {
    let api = &config.api;
    let named = endpoint.or(api.endpoint.as_ref()).map(String::as_str);
    if job.region.is_none() && named.is_none() {
        return Err(usage_error(CliError::NoRegion { job_id: job.id.clone() }));
    }
    let resolved = Endpoint::resolve(named, job.region.as_deref(), api.network, api.allow_http);
    resolved.map(drop).map_err(usage_error)
}

/// Rejects an unknown region, unless an endpoint is given.
pub(super) fn check_region(
    config: &Config,
    endpoint: Option<&String>,
    region: &str,
) -> Result<(), CommandError> {
    let api = &config.api;
    let named = endpoint.or(api.endpoint.as_ref()).map(String::as_str);
    Endpoint::resolve(named, Some(region), api.network, api.allow_http).map(drop).map_err(usage_error)
}
