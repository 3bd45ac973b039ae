//! Detects unknown keys of the configuration and suggests the most similar known key.

use anyhow::anyhow;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value};
use serde::forward_to_deserialize_any;

/// Parts of keys that look like credentials.
const SECRET_WORDS: [&str; 3] = ["access_key", "security_token", "password"];

/// Deserializes a document. The first unknown key is an error.
pub(super) fn deserialize<T>(
    text: &str,
    table_keys: fn(table: &str) -> &'static [&'static str],
) -> anyhow::Result<T>
where
    T: for<'de> Deserialize<'de>,
{
    let document = toml::Deserializer::parse(text).map_err(|error| single_line_error(text, &error))?;
    let mut unknown: Option<Vec<String>> = None;
    let result = serde_ignored::deserialize(document, |path| {
        unknown.get_or_insert_with(|| key_path(&path));
    });
    // A value of the wrong type ends the deserialization; an unknown key before it is the likelier mistake.
    if let Some(path) = unknown {
        return Err(unknown_key_error(&path, table_keys));
    }
    result.map_err(|error| single_line_error(text, &error))
}

/// The message of toml with its line, without the excerpt of the source.
fn single_line_error(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => anyhow!("{message} (line {})", before.matches('\n').count() + 1),
        None => anyhow!("{message}"),
    }
}

fn unknown_key_error(path: &[String], table_keys: fn(&str) -> &'static [&'static str]) -> anyhow::Error {
    let (table, key) = match path {
        [key] => ("", key),
        [table, .., key] => (table.as_str(), key),
        [] => return anyhow!("a key is not known"),
    };
    if SECRET_WORDS.iter().any(|word| key.contains(word)) {
        return anyhow!(
            "{key:?} does not belong here: this file contains no secrets; set ALIBABA_CLOUD_ACCESS_KEY_ID and \
             ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`"
        );
    }
    let place = if table.is_empty() { "at the top level".to_owned() } else { format!("in [{table}]") };
    let known = table_keys(table).iter().copied();
    match most_similar(key, known, strsim::jaro_winkler) {
        Some((nearest, _)) => anyhow!("unknown key {key:?} {place}: did you mean {nearest:?}?"),
        None => anyhow!("unknown key {key:?} {place}"),
    }
}

/// The names of the tables that contain a key, and its own, without the indexes of arrays.
fn key_path(path: &serde_ignored::Path<'_>) -> Vec<String> {
    use serde_ignored::Path;
    match path {
        Path::Root => Vec::new(),
        Path::Map { parent, key } => {
            let mut names = key_path(parent);
            names.push(key.clone());
            names
        }
        Path::Seq { parent, .. }
        | Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => key_path(parent),
    }
}

/// The known word that is most similar to `word`, and its similarity from 0 to 1.
pub(super) fn most_similar<'a>(
    word: &str,
    known: impl Iterator<Item = &'a str>,
    similarity: fn(&str, &str) -> f64,
) -> Option<(&'a str, f64)> {
    known.map(|it| (it, similarity(word, it))).max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// The names of the fields that a derived `Deserialize` reads.
pub(super) fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // `FieldNames` stores the names and always returns an error.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom("not a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(value::Error::custom("only the names of the fields are asked for"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
