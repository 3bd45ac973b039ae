//! JSON and XML as the vendor's gateway writes them, independent of the call: formats, heads, leaves.

pub mod body;
pub mod head;
pub(super) mod json;
pub(super) mod object;
pub(super) mod xml;

/// Reads the head of a reply of any call in JSON or XML; the content decides which.
///
/// # Errors
/// If the body is not a reply.
pub(super) fn read_head(body: &[u8]) -> Result<head::Head, body::Unreadable> {
    let text = body::decode_text(body)?;
    match text.as_bytes().first() {
        Some(b'{') => json::read_head(&text),
        Some(b'<') => xml::read_head(&text),
        _ => Err(body::unknown_format_error(&text)),
    }
}
