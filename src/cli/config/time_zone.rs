//! IANA time zones by name, with a suggestion for a misspelt one.

use anyhow::anyhow;
use chrono_tz::Tz;

use super::unknown_keys::most_similar;

/// Minimum similarity of a suggested zone, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.75;

/// Cities that are not names of zones.
const CITY_ALIASES: [(&str, &str); 3] =
    [("beijing", "Asia/Shanghai"), ("peking", "Asia/Shanghai"), ("shenzhen", "Asia/Shanghai")];

/// Parses the name of an IANA time zone.
///
/// # Errors
/// If there is no such zone. The message suggests a similar name.
pub(super) fn parse_zone(name: &str) -> anyhow::Result<Tz> {
    find_zone(name).map_err(|suggestion| {
        let suggestion = suggestion.map(|it| format!(", the nearest is {it}")).unwrap_or_default();
        anyhow!("{name:?} is not an IANA time zone{suggestion}; examples: Asia/Shanghai, Europe/Berlin, UTC")
    })
}

/// The IANA time zone with this name.
///
/// # Errors
/// A similar name, if there is no such zone.
pub fn find_zone(name: &str) -> Result<Tz, Option<&'static str>> {
    name.parse().map_err(|_| suggest_zone(name))
}

fn suggest_zone(name: &str) -> Option<&'static str> {
    let city = name.rsplit('/').next().unwrap_or_default().to_lowercase();
    if let Some((_, zone)) = CITY_ALIASES.iter().find(|(other, _)| *other == city) {
        return Some(zone);
    }
    let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let (zone, similarity) = most_similar(name, zones, strsim::normalized_damerau_levenshtein)?;
    (similarity >= MIN_SIMILARITY).then_some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_similar_name_is_suggested() {
        assert_eq!(suggest_zone("Asia/Shangai"), Some("Asia/Shanghai"));
        assert_eq!(suggest_zone("Asia/Beijing"), Some("Asia/Shanghai"));
        assert_eq!(suggest_zone("Europe/Berln"), Some("Europe/Berlin"));
        assert_eq!(suggest_zone("../../etc/passwd"), None);
        assert_eq!(suggest_zone("CST-8"), None);
    }
}
