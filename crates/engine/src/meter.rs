//! Counts what an engine sends, so that no answer fills the memory.
//!
//! The Docker client collects bodies and lines without a limit of its own, and its transport must hand it hyper's own
//! body type. So the limit sits below HTTP: the connection stops reading once it has read more than it is allowed to.
use crate::connector::DialError;
use hyper_util::client::legacy::connect::{Connected, Connection};
use shipyard_model::Millis;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Head room over each limit: the head of the next answer on the same connection is read before its own limit is set.
const SPARE: u64 = 1024 * 1024;

/// The engine sent more than it may.
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than its limit")]
pub(crate) struct TooMuch;

/// How much may still be read from a connection. Clones share the figure; it comes with each response.
#[derive(Clone)]
pub(crate) struct Meter(Arc<AtomicU64>);

impl Meter {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(SPARE)))
    }

    /// Allows so many bytes from now on.
    pub(crate) fn allow(&self, bytes: u64) {
        self.0.store(bytes.saturating_add(SPARE), Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) -> Result<(), TooMuch> {
        let spent = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        spent.map(|_| ()).map_err(|_| TooMuch)
    }
}

/// What a connection knows of itself; hyper puts it among the extensions of each response.
#[derive(Clone)]
pub(crate) struct Facts {
    /// The connection's meter.
    pub(crate) meter: Meter,
    /// End of the server certificate's validity, for TLS.
    pub(crate) server_certificate_ends: Option<Millis>,
}

/// Any kind of connected socket.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// A socket with a meter.
pub(crate) struct Metered {
    socket: Box<dyn Socket>,
    facts: Facts,
    /// The first bytes are still to come, and must not be TLS.
    expect_plain: bool,
}

impl Metered {
    /// A connection without TLS: an engine that greets with a TLS record is told apart from garbage.
    pub(crate) fn plain(socket: impl Socket + 'static) -> Self {
        Self {
            socket: Box::new(socket),
            facts: Facts {
                meter: Meter::new(),
                server_certificate_ends: None,
            },
            expect_plain: true,
        }
    }

    /// A connection inside TLS.
    pub(crate) fn tls(socket: impl Socket + 'static, server_certificate_ends: Option<Millis>) -> Self {
        Self {
            socket: Box::new(socket),
            facts: Facts {
                meter: Meter::new(),
                server_certificate_ends,
            },
            expect_plain: false,
        }
    }
}

impl Connection for Metered {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.facts.clone())
    }
}

/// Whether bytes begin a TLS record: an alert or a handshake message of any SSL 3 or TLS version.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 0x03, ..])
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        if self.expect_plain && !read.is_empty() {
            self.expect_plain = false;
            if is_tls(read) {
                return Poll::Ready(Err(io::Error::other(DialError::TlsExpected)));
            }
        }
        let read = u64::try_from(read.len()).unwrap_or(u64::MAX);
        Poll::Ready(self.facts.meter.spend(read).map_err(io::Error::other))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
