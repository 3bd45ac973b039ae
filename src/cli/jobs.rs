//! `jobs`: lists the jobs of an account, as a table, JSON or `[[job]]` tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comfy_table::Table;

use super::args::JobsArgs;
use super::clients::{self, Clients};
use super::config::Config;
use super::error::{CliError, CommandError, usage_error};
use super::output::{eprint_line, print};
use super::settings::Settings;
use crate::api::calls::job_list::ListedJob;
use crate::api::calls::{dts_jobs, migration_jobs, synchronization_jobs};
use crate::api::error::Error;
use crate::api::transport::client::Client;
use crate::model::{Job, JobKind};
use crate::sanitize::printable;

pub(super) async fn run(settings: &Settings, args: JobsArgs) -> Result<(), CommandError> {
    let config = &settings.config;
    let regions = selected_regions(config, &args)?;
    for region in &regions {
        clients::check_region(config, args.endpoint.as_ref(), region)?;
    }
    let client = clients::for_profile(config, args.endpoint.as_ref(), args.profile.as_deref())?;
    let one = Clients::from([(String::new(), Arc::new(client))]);
    clients::check_credentials(&one).await?;
    let mut listed = Vec::new();
    let kinds = match &args.kinds[..] {
        [] => &JobKind::ALL[..],
        named => named,
    };
    let mut refused = Vec::new();
    for region in regions {
        for kind in kinds {
            match list(&one[""], *kind, &region, args.name.as_deref()).await {
                Ok(jobs) => listed.extend(jobs.into_iter().map(|job| (region.clone(), job))),
                Err(error) => refused.push((*kind, error)),
            }
        }
    }
    // An account may lack the permission for one of the lists.
    if listed.is_empty() && !refused.is_empty() {
        return Err(refused.remove(0).1.into());
    }
    for (kind, error) in refused {
        eprint_line(&format!("{} jobs are not listed: {error}", kind.as_str()));
    }
    if listed.is_empty() {
        eprint_line("no job found: check --region, --name and the account");
    }
    print(&match (args.json, args.toml) {
        (true, _) => json_text(&listed),
        (_, true) => toml_text(&listed, args.profile.as_deref()),
        _ => table_text(&listed),
    })?;
    Ok(())
}

/// The jobs of one kind in a region.
async fn list(
    client: &Client,
    kind: JobKind,
    region: &str,
    name: Option<&str>,
) -> Result<Vec<ListedJob>, Error> {
    match kind {
        JobKind::Synchronization => synchronization_jobs::list(client, region, name).await,
        JobKind::Migration => migration_jobs::list(client, region, name).await,
        JobKind::Task => dts_jobs::list(client, region, name).await,
    }
}

/// The configuration with the jobs that `[discover]` finds, each job once.
pub(super) async fn with_discovered_jobs(
    config: &Config,
    endpoint: Option<&String>,
) -> Result<Config, CommandError> {
    let mut config = config.clone();
    let Some(discover) = config.discover.clone() else { return Ok(config) };
    let client = clients::for_profile(&config, endpoint, discover.profile.as_deref())?;
    let mut known: BTreeSet<String> = config.jobs.iter().map(|job| job.id.clone()).collect();
    let mut kinds: BTreeMap<String, JobKind> =
        config.jobs.iter().map(|job| (job.id.clone(), job.kind)).collect();
    for region in &discover.regions {
        let mut listed = Vec::new();
        for kind in &discover.kinds {
            listed.extend(list(&client, *kind, region, discover.name.as_deref()).await?);
        }
        for job in listed {
            // An instance that is recorded as one kind is not recorded as another one too.
            let instance = job.instance_id.as_ref().unwrap_or(&job.id);
            let recorded_as = *kinds.entry(instance.clone()).or_insert(job.kind);
            // A two-way job is listed once for each direction.
            if recorded_as == job.kind && known.insert(job.id.clone()) {
                if let Some(profile) = &discover.profile {
                    config.profiles.insert(job.id.clone(), profile.clone());
                }
                config.jobs.push(Job {
                    id: job.id,
                    region: Some(region.clone()),
                    name: job.name,
                    kind: job.kind,
                });
            }
        }
    }
    Ok(config)
}

fn selected_regions(config: &Config, args: &JobsArgs) -> Result<BTreeSet<String>, CommandError> {
    let discovered = config.discover.iter().flat_map(|it| it.regions.clone());
    let of_jobs = config.jobs.iter().filter_map(|job| job.region.clone());
    let regions: BTreeSet<String> = match &args.regions[..] {
        [] => discovered.chain(of_jobs).collect(),
        named => named.iter().cloned().collect(),
    };
    if regions.is_empty() {
        return Err(usage_error(CliError::NoRegionToList));
    }
    Ok(regions)
}

fn json_text(listed: &[(String, ListedJob)]) -> String {
    let jobs: Vec<_> = listed
        .iter()
        .map(|(region, job)| {
            serde_json::json!({
                "job_id": job.id,
                "kind": job.kind.as_str(),
                "instance_id": job.instance_id,
                "region": region,
                "name": job.name,
                "status": job.status,
                "direction": job.direction,
                "source_engine": job.source_engine,
                "destination_engine": job.destination_engine,
                "data_percent": job.data_percent,
                "error_message": job.error_message,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "jobs": jobs }))
}

/// One `[[job]]` table for each job, also for a job with two directions, or one that is listed as several kinds: then
/// the first of them.
fn toml_text(listed: &[(String, ListedJob)], profile: Option<&str>) -> String {
    // A JSON string is a TOML string, but for DEL.
    let text = |value: &str| serde_json::Value::from(value.replace('\u{7f}', " ")).to_string();
    let mut once = BTreeMap::new();
    for (region, job) in listed {
        once.entry(job.instance_id.as_ref().unwrap_or(&job.id)).or_insert((region, job));
    }
    let mut tables = Vec::new();
    for (region, job) in once.into_values() {
        let id = &job.id;
        let mut lines =
            vec!["[[job]]".to_owned(), format!("id = {}", text(id)), format!("region = {}", text(region))];
        if job.kind != JobKind::default() {
            lines.push(format!("kind = {}", text(job.kind.as_str())));
        }
        lines.extend(job.name.as_deref().map(|name| format!("name = {}", text(name))));
        lines.extend(profile.map(|profile| format!("profile = {}", text(profile))));
        tables.push(lines.join("\n") + "\n");
    }
    tables.join("\n")
}

fn table_text(listed: &[(String, ListedJob)]) -> String {
    if listed.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.set_header(["Job", "Kind", "Region", "Name", "Status", "Direction", "From", "To", "Data"]);
    for (region, job) in listed {
        let cell = |text: &Option<String>| printable(text.as_deref().unwrap_or("–"));
        let percent = job.data_percent.as_ref().map(|percent| format!("{percent} %"));
        table.add_row([
            printable(&job.id),
            job.kind.as_str().to_owned(),
            printable(region),
            cell(&job.name),
            cell(&job.status),
            cell(&job.direction),
            cell(&job.source_engine),
            cell(&job.destination_engine),
            cell(&percent),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}
