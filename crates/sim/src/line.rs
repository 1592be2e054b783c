//! A connection as it can be disturbed: held, so that nothing flows and nobody is told, or ended at once.
use futures_util::task::AtomicWaker;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;

/// What can be done to one connection.
#[derive(Default)]
pub(crate) struct Line {
    held: AtomicBool,
    reset: AtomicBool,
    /// Cancelled to end it.
    pub(crate) end: CancellationToken,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Line {
    fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
        self.reader.wake();
        self.writer.wake();
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    fn cut(&self, reset: bool) {
        self.reset.store(reset, Ordering::SeqCst);
        self.end.cancel();
    }
}

/// The connections of one engine.
#[derive(Default)]
pub(crate) struct Lines {
    open: Mutex<HashMap<u64, Arc<Line>>>,
    ever: AtomicU64,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new connection into the books.
    pub(crate) fn enter<S: Socket>(self: &Arc<Self>, socket: S, held: bool) -> (Gate<S>, Arc<Line>) {
        let number = self.ever.fetch_add(1, Ordering::Relaxed);
        let line = Arc::new(Line::default());
        line.hold(held);
        self.lock().insert(number, Arc::clone(&line));
        let gate = Gate {
            socket,
            line: Arc::clone(&line),
            number,
            lines: Arc::clone(self),
        };
        (gate, line)
    }

    pub(crate) fn open(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn ever(&self) -> u64 {
        self.ever.load(Ordering::Relaxed)
    }

    /// Ends all: with a reset instead of an orderly end, if so wanted. Yields how many there were.
    pub(crate) fn cut(&self, reset: bool) -> usize {
        let all: Vec<Arc<Line>> = self.lock().values().cloned().collect();
        for line in &all {
            line.cut(reset);
        }
        all.len()
    }

    /// Lets nothing flow on all that are open, or lets it flow again.
    pub(crate) fn hold(&self, held: bool) {
        for line in self.lock().values() {
            line.hold(held);
        }
    }
}

/// A socket that can end with a reset.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    fn reset_when_dropped(&self) {}
}

impl Socket for TcpStream {
    fn reset_when_dropped(&self) {
        // Without it the end is an orderly one, which only makes a fault milder.
        let _ = self.set_zero_linger();
    }
}

impl Socket for UnixStream {}

/// A connection's socket, behind what can be done to it.
pub(crate) struct Gate<S: Socket> {
    socket: S,
    line: Arc<Line>,
    number: u64,
    lines: Arc<Lines>,
}

impl<S: Socket> Drop for Gate<S> {
    fn drop(&mut self) {
        if self.line.reset.load(Ordering::SeqCst) {
            self.socket.reset_when_dropped();
        }
        self.lines.lock().remove(&self.number);
    }
}

impl<S: Socket> Gate<S> {
    /// Whether nothing may be read; who asks is woken when that changes.
    fn reading_held(&self, cx: &Context<'_>) -> bool {
        if !self.line.is_held() {
            return false;
        }
        self.line.reader.register(cx.waker());
        self.line.is_held()
    }

    fn writing_held(&self, cx: &Context<'_>) -> bool {
        if !self.line.is_held() {
            return false;
        }
        self.line.writer.register(cx.waker());
        self.line.is_held()
    }
}

impl<S: Socket> AsyncRead for Gate<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.reading_held(cx) {
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        if read.is_pending() {
            // To be woken by a hold that ends while the socket is quiet is harmless.
            self.line.reader.register(cx.waker());
        }
        read
    }
}

impl<S: Socket> AsyncWrite for Gate<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.writing_held(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.writing_held(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.writing_held(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.writing_held(cx) {
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

/// How many of something there are now, and how many there were at once at most.
#[derive(Default)]
pub(crate) struct Gauge {
    now: AtomicI64,
    most: AtomicI64,
    ever: AtomicI64,
}

impl Gauge {
    /// One more, until what is given back is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.ever.fetch_add(1, Ordering::SeqCst);
        Entered(self)
    }

    /// Now, at most, ever.
    pub(crate) fn read(&self) -> (i64, i64, i64) {
        let read = |of: &AtomicI64| of.load(Ordering::SeqCst);
        (read(&self.now), read(&self.most), read(&self.ever))
    }

    /// Begins to count anew.
    pub(crate) fn reset(&self) {
        self.most.store(self.now.load(Ordering::SeqCst), Ordering::SeqCst);
        self.ever.store(0, Ordering::SeqCst);
    }
}

/// One of those that are there now.
pub(crate) struct Entered<'g>(&'g Gauge);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
