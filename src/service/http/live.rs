//! A report that keeps itself up to date: the same HTML with one more script, and leave to ask this service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(super) const SCRIPT: &str = include_str!("../../../templates/service/live.js");

const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"";

/// The source expression of a style or script.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Words for the reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// The service does not answer.
    pub(super) lost: &'static str,
}

/// Makes a report live. Its own script becomes a function that can be called again after each change, its
/// policy allows the two new scripts and calls to this service. A report without these marks stays as it is.
pub(super) fn enliven(html: &str, revision: &str, words: Words) -> String {
    let parts = || {
        let (head, rest) = html.split_once(POLICY)?;
        let (_, rest) = rest.split_once("\">")?;
        let (body, rest) = rest.rsplit_once("<script>")?;
        let (script, tail) = rest.split_once("</script>")?;
        let (_, style) = body.split_once("<style>")?;
        let (style, _) = style.split_once("</style>")?;
        Some((head, body, script, tail, style))
    };
    let Some((head, body, script, tail, style)) = parts() else { return html.to_owned() };
    let script = format!("window.enlivenReport = (addEventListener) => {{{script}}};\n");
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {} {}; connect-src 'self'; base-uri 'none'; \
         form-action 'none'",
        hash(style),
        hash(&script),
        hash(SCRIPT)
    );
    let Words { lost } = words;
    format!(
        "{head}{POLICY}{policy}\">\n<meta name=\"live\" content=\"{revision}\" data-lost=\"{lost}\">{body}\
         <script>{script}</script>\n<script>{SCRIPT}</script>{tail}"
    )
}
