//! Response bodies: slices of shared reports, and the bookkeeping that ends with a body.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::connection_state::ConnectionState;

/// The size of a frame. hyper asks for the next one when the client has taken enough, so small frames show whether it
/// does.
const FRAME_BYTES: usize = 64 * 1024;

/// Frames after which a body lets the other connections of the thread go first.
const FRAMES_IN_A_ROW: u8 = 4;

/// Parts of shared texts, sent one after the other without a copy.
pub(super) struct SharedBody {
    parts: VecDeque<Bytes>,
    /// Frames since the body let others go first.
    frames: u8,
}

impl SharedBody {
    pub(super) fn new(parts: impl IntoIterator<Item = Bytes>) -> Self {
        Self { parts: parts.into_iter().filter(|part| !part.is_empty()).collect(), frames: 0 }
    }
}

impl HttpBody for SharedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.frames == FRAMES_IN_A_ROW {
            self.frames = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.frames += 1;
        let Some(part) = self.parts.front_mut() else { return Poll::Ready(None) };
        let frame = part.split_to(part.len().min(FRAME_BYTES));
        if part.is_empty() {
            self.parts.pop_front();
        }
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.parts.iter().map(|part| part.len() as u64).sum())
    }
}

/// A body that tells its connection about its progress, and holds its permit until it is sent or dropped.
pub(super) struct TrackedBody {
    pub(super) inner: Body,
    pub(super) connection: Arc<ConnectionState>,
    pub(super) _permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.connection.on_body_polled();
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        self.connection.on_body_taken();
    }
}
