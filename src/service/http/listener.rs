//! The listening socket, with who may connect to it.

use std::net::SocketAddr;

use secrecy::SecretString;
use tokio::net::{TcpListener, TcpSocket};

use super::limits::{MAX_PENDING_CONNECTIONS, SEND_BUFFER_BYTES};

/// A listening socket and the access rules of the server behind it.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    /// The token that clients must send; `None` only on a loopback address.
    pub(super) token: Option<SecretString>,
    /// Accepted host names, besides IP addresses and `localhost`.
    pub(super) hosts: Vec<String>,
}

/// Why the service does not listen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        source: std::io::Error,
    },
    /// Other machines can reach the address, and no token is set.
    #[error(
        "{address} can be reached from other machines: set DTS_HISTORY_TOKEN (or DTS_HISTORY_TOKEN_FILE) to the \
         token that callers must send, or listen on a loopback address such as 127.0.0.1:8470"
    )]
    TokenRequired {
        /// The address.
        address: SocketAddr,
    },
}

/// A socket whose connections inherit a bounded send buffer: the system would let it grow to megabytes, and filling
/// those of all connections holds up the requests behind them.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted service gets its port although connections of the one before are being closed. Elsewhere the option
    // would let two services share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(MAX_PENDING_CONNECTIONS)
}

impl Listener {
    /// Binds an address.
    ///
    /// # Errors
    /// If the address cannot be bound, or other machines can reach it and there is no token.
    pub fn bind(address: SocketAddr, token: Option<SecretString>, hosts: Vec<String>) -> Result<Self, Error> {
        if token.is_none() && !address.ip().is_loopback() {
            return Err(Error::TokenRequired { address });
        }
        let socket = listen(address).map_err(|source| Error::Bind { address, source })?;
        Ok(Self { socket, token, hosts })
    }

    /// The bound address, with the port that the system chose for port 0.
    ///
    /// # Errors
    /// If the system does not tell it.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}
