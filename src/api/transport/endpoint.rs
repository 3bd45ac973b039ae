//! The hosts of DTS by region, and configured endpoints.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Which host of a region to call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The host on the internet.
    #[default]
    Public,
    /// The host inside Alibaba's network. Its name follows the SDK's rule; no page of the vendor lists them.
    Vpc,
}

/// The origin (scheme, host and port) that calls are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    loopback: bool,
}

/// The reason why there is no valid endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither a region nor an endpoint is known.
    #[error(
        "the job has no region, which tells the endpoint; set its region (for example cn-hangzhou) or the \
         endpoint"
    )]
    NoRegion,
    /// The text is not a region id.
    #[error("region {region:?} is not a region id; write it as the console does, for example cn-hangzhou")]
    Region {
        /// The text as configured.
        region: String,
    },
    /// The id is well-formed, but is not a known region of DTS.
    #[error(
        "{region:?} is not one of the regions of DTS; the nearest is {nearest}. If the region is new, set the \
         endpoint too, for example https://dts.{region}.aliyuncs.com"
    )]
    UnknownRegion {
        /// The text as configured.
        region: String,
        /// The known region with the most similar id.
        nearest: &'static str,
    },
    /// The text is not the address of a host.
    #[error(
        "endpoint {endpoint:?} is not an address ({why}); write it as https://HOST, for example \
         https://dts.aliyuncs.com"
    )]
    Address {
        /// The text as configured.
        endpoint: String,
        /// The reason.
        why: String,
    },
    /// The address contains a user name or password, which would be logged.
    #[error("the endpoint holds a user name or password; remove it: calls are signed with the access key")]
    Userinfo,
    /// Plain HTTP to another machine.
    #[error(
        "endpoint {endpoint:?} is plain HTTP to another machine, where calls can be read on their way; use \
         https:// or set allow_http"
    )]
    PlainHttp {
        /// The text as configured.
        endpoint: String,
    },
}

/// Regions that use the central public host, from the endpoint map of both generations of the vendor's SDKs. Any other
/// region has a host of its own.
const CENTRAL_HOST_REGIONS: [&str; 30] = [
    "ap-northeast-2-pop",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-beijing-gov-1",
    "cn-chengdu",
    "cn-fujian",
    "cn-hangzhou",
    "cn-hangzhou-finance",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-north-2-gov-1",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-shenzhen-finance-1",
    "cn-wuhan",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "me-east-1",
    "rus-west-1-pop",
    "us-east-1",
    "us-west-1",
];

/// Regions with a public host of their own, from the endpoint map of the SDKs and the vendor's page of supported regions
/// (which spells cn-zhangjiakou as cn-zhangbei).
const OWN_HOST_REGIONS: [&str; 13] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-heyuan",
    "cn-nanjing",
    "cn-wuhan-lr",
    "cn-zhangbei",
    "cn-zhengzhou-jva",
    "me-central-1",
    "na-south-1",
];

/// The known region whose id is most similar to `region`; `region` itself if it is known.
fn nearest_region(region: &str) -> &'static str {
    let known = CENTRAL_HOST_REGIONS.into_iter().chain(OWN_HOST_REGIONS);
    known.min_by_key(|known| strsim::damerau_levenshtein(region, known)).unwrap_or_default()
}

impl Endpoint {
    /// The configured endpoint, or else the endpoint of the region.
    ///
    /// # Errors
    /// If there is neither, or if it is invalid.
    pub fn resolve(
        named: Option<&str>,
        region: Option<&str>,
        network: Network,
        allow_http: bool,
    ) -> Result<Self, Error> {
        match (named, region) {
            (Some(named), _) => Self::parse(named, allow_http),
            (None, Some(region)) => Self::from_region(region, network),
            (None, None) => Err(Error::NoRegion),
        }
    }

    /// Parses a configured endpoint: an origin, or a host without a scheme, which means HTTPS.
    ///
    /// # Errors
    /// If it is invalid, or is plain HTTP to another machine without `allow_http`.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Address { endpoint: text.to_owned(), why: why.to_owned() };
        let trimmed = text.trim();
        let full = if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
        let url = Url::parse(&full)
            .map_err(|error| if full.contains('@') { Error::Userinfo } else { wrong(&error.to_string()) })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Userinfo);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("its scheme is neither https nor http"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("there is more than a host and a port"));
        }
        let loopback = url.host_str().is_some_and(is_loopback);
        if url.scheme() == "http" && !loopback && !allow_http {
            return Err(Error::PlainHttp { endpoint: text.to_owned() });
        }
        Ok(Self { url, loopback })
    }

    fn from_region(region: &str, network: Network) -> Result<Self, Error> {
        let wrong = || Error::Region { region: region.to_owned() };
        // The region becomes part of the host name that receives signed calls.
        let plain = region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || !region.contains('-') || region.starts_with('-') || region.ends_with('-') {
            return Err(wrong());
        }
        let nearest = nearest_region(region);
        if nearest != region {
            return Err(Error::UnknownRegion { region: region.to_owned(), nearest });
        }
        let host = match network {
            // The endpoint map has public hosts only.
            Network::Vpc => format!("dts-vpc.{region}.aliyuncs.com"),
            Network::Public if CENTRAL_HOST_REGIONS.contains(&region) => "dts.aliyuncs.com".to_owned(),
            Network::Public => format!("dts.{region}.aliyuncs.com"),
        };
        let url = Url::parse(&format!("https://{host}")).map_err(|_| wrong())?;
        Ok(Self { url, loopback: false })
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The URL with this encoded query.
    pub(in crate::api) fn with_query(&self, query: &str) -> Url {
        let mut url = self.url.clone();
        url.set_query(Some(query));
        url
    }
}

impl fmt::Display for Endpoint {
    /// Host and port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.authority())
    }
}

/// Whether the host of a URL is this machine.
pub(in crate::api) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // RFC 6761: `localhost` and names under it are this machine.
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved_host(region: &str, network: Network) -> String {
        Endpoint::resolve(None, Some(region), network, false).unwrap().to_string()
    }

    fn resolution_error(named: Option<&str>, region: Option<&str>) -> String {
        Endpoint::resolve(named, region, Network::Public, false).unwrap_err().to_string()
    }

    #[test]
    fn the_host_is_derived_from_the_region() {
        for (region, public, vpc) in [
            ("cn-hangzhou", "dts.aliyuncs.com", "dts-vpc.cn-hangzhou.aliyuncs.com"),
            ("us-west-1", "dts.aliyuncs.com", "dts-vpc.us-west-1.aliyuncs.com"),
            ("ap-northeast-1", "dts.ap-northeast-1.aliyuncs.com", "dts-vpc.ap-northeast-1.aliyuncs.com"),
            ("cn-guangzhou", "dts.cn-guangzhou.aliyuncs.com", "dts-vpc.cn-guangzhou.aliyuncs.com"),
        ] {
            assert_eq!(resolved_host(region, Network::Public), public);
            assert_eq!(resolved_host(region, Network::Vpc), vpc);
        }
        let url =
            Endpoint::resolve(None, Some("cn-beijing"), Network::Public, true).unwrap().with_query("A=%20b");
        assert_eq!(url.as_str(), "https://dts.aliyuncs.com/?A=%20b");
    }

    #[test]
    fn a_configured_endpoint_takes_precedence() {
        for (named, host, loopback) in [
            ("https://dts.aliyuncs.com", "dts.aliyuncs.com", false),
            ("https://dts.aliyuncs.com/", "dts.aliyuncs.com", false),
            (" dts.cn-beijing.aliyuncs.com", "dts.cn-beijing.aliyuncs.com", false),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://localhost:1", "localhost:1", true),
            ("http://[::1]:9", "[::1]:9", true),
            ("localhost:8443", "localhost:8443", true),
            ("https://127.0.0.1.example.com", "127.0.0.1.example.com", false),
        ] {
            let endpoint = Endpoint::resolve(Some(named), Some("no region!"), Network::Vpc, false).unwrap();
            assert_eq!((endpoint.to_string().as_str(), endpoint.is_loopback()), (host, loopback));
        }
    }

    #[test]
    fn plain_http_is_limited_to_loopback_unless_allowed() {
        for named in ["http://dts.aliyuncs.com", "http://10.0.0.7:80", "http://localhost.example.com"] {
            let said = resolution_error(Some(named), None);
            assert!(said.contains(named) && said.contains("allow_http"), "{said}");
            assert!(Endpoint::parse(named, true).is_ok());
        }
    }

    #[test]
    fn invalid_endpoints_and_regions_are_named() {
        assert_eq!(Endpoint::resolve(None, None, Network::Public, true), Err(Error::NoRegion));
        for region in ["", "Hangzhou", "cn hangzhou", "cn-hangzhou.evil.com/", "华东1", "-", "cn-"] {
            let said = resolution_error(None, Some(region));
            assert!(said.starts_with(&format!("region {region:?} is not a region id")), "{said}");
        }
        for (region, nearest) in [
            ("cn-hangzou", "cn-hangzhou"),
            ("cn-shangai", "cn-shanghai"),
            ("ap-southeast-8", "ap-southeast-"),
        ] {
            let said = resolution_error(None, Some(region));
            assert!(said.contains(&format!("{region:?} is not one of the regions")), "{said}");
            assert!(said.contains(&format!("the nearest is {nearest}")), "{said}");
        }
        for named in [
            "",
            "ftp://dts.aliyuncs.com",
            "https://dts.aliyuncs.com/path",
            "https://h/?a=b",
            "https://h:port",
        ] {
            let said = resolution_error(Some(named), None);
            assert!(said.starts_with(&format!("endpoint {named:?} is not an address (")), "{said}");
        }
        for named in
            ["https://me:s3cret@dts.aliyuncs.com", "me:s3cret@dts.aliyuncs.com", "https://me:s3cret@"]
        {
            let said = resolution_error(Some(named), None);
            assert!(!said.contains("s3cret") && said.contains("password"), "{said}");
        }
    }
}
