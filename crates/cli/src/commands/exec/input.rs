//! Standard input as it comes, key by key where the terminal gives it so.
use crate::error::{Failure, Outcome};
use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io::{self, PipeReader, PipeWriter};
use tokio::sync::mpsc;

/// Most that is sent at once; the server takes no larger frames than 64 KiB.
const PIECE: usize = 32 * 1024;

/// What is read, by a thread of its own: files, pipes and terminals can all be read so, and waited for in one way only.
pub(super) struct Input {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    /// Closed, the reader stops: a read that goes on would take what the next program is typed.
    over: Option<PipeWriter>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Input {
    /// Begins to read.
    ///
    /// # Errors
    /// When the system has no resources for it.
    pub(super) fn open() -> Outcome<Self> {
        let (stop, over) = io::pipe().map_err(|e| Failure::failed("Standard input cannot be read.").because(&e))?;
        let (sender, pieces) = mpsc::channel(4);
        let reader = std::thread::spawn(move || read(&stop, &sender));
        Ok(Self {
            pieces,
            over: Some(over),
            reader: Some(reader),
        })
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.pieces.recv().await
    }
}

fn read(stop: &PipeReader, sender: &mpsc::Sender<io::Result<Bytes>>) {
    let stdin = io::stdin();
    let mut piece = vec![0; PIECE];
    loop {
        let mut waits = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        let ready = poll(&mut waits, None);
        let [_, stopped] = waits;
        let read = match ready {
            Ok(_) if !stopped.revents().is_empty() => return,
            // Not through `std`, which would read ahead of what we take.
            Ok(_) => rustix::io::read(&stdin, &mut piece),
            Err(error) => Err(error),
        };
        let came = match read {
            Ok(0) => return,
            Ok(length) => Ok(Bytes::copy_from_slice(piece.get(..length).unwrap_or_default())),
            Err(Errno::INTR | Errno::AGAIN) => continue,
            // The terminal is gone, and with it whoever typed.
            Err(Errno::IO) => return,
            Err(error) => Err(error.into()),
        };
        let failed = came.is_err();
        if sender.blocking_send(came).is_err() || failed {
            return;
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.over = None;
        self.pieces.close();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
