//! IANA time zones by name, with a suggestion for a misspelt one.

use anyhow::anyhow;
use chrono_tz::Tz;

use super::unknown_keys::nearest;

/// A suggestion for a name less like any other than this would only mislead.
const MIN_SIMILARITY: f64 = 0.75;

/// Cities that people look for under their own name.
const OTHER_NAMES: [(&str, &str); 3] =
    [("beijing", "Asia/Shanghai"), ("peking", "Asia/Shanghai"), ("shenzhen", "Asia/Shanghai")];

/// The IANA time zone of this name.
///
/// # Errors
/// If there is none.
pub fn parse_zone(name: &str) -> anyhow::Result<Tz> {
    name.parse().map_err(|_| {
        let suggestion = suggestion(name).map(|it| format!(", the nearest is {it}")).unwrap_or_default();
        anyhow!("{name:?} is not an IANA time zone{suggestion}; examples: Asia/Shanghai, Europe/Berlin, UTC")
    })
}

fn suggestion(name: &str) -> Option<&'static str> {
    let city = name.rsplit('/').next().unwrap_or_default().to_lowercase();
    if let Some((_, zone)) = OTHER_NAMES.iter().find(|(other, _)| *other == city) {
        return Some(zone);
    }
    let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let (zone, similarity) = nearest(name, zones, strsim::normalized_damerau_levenshtein)?;
    (similarity >= MIN_SIMILARITY).then_some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_similar_name_is_suggested() {
        assert_eq!(suggestion("Asia/Shangai"), Some("Asia/Shanghai"));
        assert_eq!(suggestion("Asia/Beijing"), Some("Asia/Shanghai"));
        assert_eq!(suggestion("Europe/Berln"), Some("Europe/Berlin"));
        assert_eq!(suggestion("../../etc/passwd"), None);
        assert_eq!(suggestion("CST-8"), None);
    }
}
