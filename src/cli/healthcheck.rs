//! `healthcheck`: checks a running service, for container images without a shell or curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::args::{GlobalArgs, HealthcheckArgs};
use super::error::{CliError, CommandError, usage_error};
use super::output::print;
use super::settings::Settings;
use crate::service::http::probe::{Probe, probe};

pub(super) async fn run(global: GlobalArgs, args: HealthcheckArgs) -> Result<(), CommandError> {
    let address = match args.url {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            return Err(usage_error(CliError::ServiceUrl { url }));
        }
        Some(url) => url,
        None => loopback_url(Settings::load(global)?.config.http.listen),
    };
    let endpoint = if args.ready { Probe::Readiness } else { Probe::Health };
    probe(&address, endpoint).await?;
    print("ok\n")?;
    Ok(())
}

/// The URL of a listen address on this machine: an unspecified address is replaced by the loopback address.
fn loopback_url(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_listen_address_is_probed_on_loopback() {
        let asked = |listen: &str| loopback_url(listen.parse().unwrap());
        assert_eq!(asked("0.0.0.0:8470"), "http://127.0.0.1:8470");
        assert_eq!(asked("[::]:80"), "http://[::1]:80");
        assert_eq!(asked("10.0.0.7:8470"), "http://10.0.0.7:8470");
    }
}
