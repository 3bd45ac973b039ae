//! PostgreSQL's errors by their SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).

use crate::store::error::Error;

/// What an error means for the transaction that met it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The server undid it, and it may succeed when it is repeated.
    RolledBack,
    /// The connection is gone. Unless `COMMIT` was sent, the server undoes it.
    ConnectionLost,
    /// It would fail again.
    Permanent,
}

/// The SQLSTATE of an error of the server.
pub(super) fn sqlstate(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned)
}

/// Whether repeating may help.
pub(super) fn effect(error: &sqlx::Error) -> Effect {
    // sqlx reports the end of a connection in the middle of a message as an error of the protocol.
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_)) {
        return Effect::ConnectionLost;
    }
    match sqlstate(error).as_deref() {
        // serialization_failure, deadlock_detected
        Some("40001" | "40P01") => Effect::RolledBack,
        // A shutdown, a crash of another backend, a start that is not over; a server that became a standby; every
        // connection in use; a transaction that was idle for too long.
        Some("57P01" | "57P02" | "57P03" | "57P05" | "25006" | "53300" | "25P03") => Effect::ConnectionLost,
        // connection_exception, and statement_completion_unknown of databases that are spread over several servers
        Some(code) if code.starts_with("08") || code == "40003" => Effect::ConnectionLost,
        _ => Effect::Permanent,
    }
}

/// The error for people.
pub(super) fn classify(database: String, error: &sqlx::Error) -> Error {
    let reason = reason(error);
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Error::NoConnection { database };
    }
    match sqlstate(error).as_deref() {
        // A user, password or database that the server does not know, or no right to connect.
        Some("28000" | "28P01" | "3D000") => return Error::Unreachable { database, reason },
        Some("42501") => return Error::NoPermission { database, reason },
        Some("53100") => return Error::Full { database },
        Some("55P03") => return Error::Busy { database },
        _ => {}
    }
    match (effect(error), error) {
        (_, sqlx::Error::Tls(_) | sqlx::Error::Configuration(_)) => Error::Unreachable { database, reason },
        (Effect::Permanent, _) => Error::Server { database, reason },
        _ => Error::Interrupted { database, reason },
    }
}

/// The server's message without sqlx's words around it, with its detail if it has one.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => error.to_string(),
        _ => error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()),
    }
}
