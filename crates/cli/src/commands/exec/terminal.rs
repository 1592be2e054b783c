//! The terminal while it is the command's: each key goes to the command as it is pressed, its size is told, and it is given
//! back as it was, whatever ends it.
use crate::error::{Exit, Failure, Outcome};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Columns and lines, where they are known.
pub(super) fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size()
        .ok()
        .filter(|(columns, rows)| *columns > 0 && *rows > 0)
}

/// What a command has of the terminal.
pub(super) struct Terminal {
    /// Its size, when it changes.
    pub(super) resized: Resized,
    /// What would end this process without giving anything back.
    pub(super) signals: Signals,
    _raw: Option<Raw>,
}

impl Terminal {
    /// Takes as much of the terminal as the command shall have: `tty`, one at all; `keys`, each key too.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub(super) fn take(tty: bool, keys: bool) -> Outcome<Self> {
        if !tty {
            return Ok(Self {
                resized: Resized(None),
                signals: Signals(None),
                _raw: None,
            });
        }
        // Before the terminal is changed: from then on nothing ends us unheard.
        let deaf = |e: std::io::Error| Failure::failed("Signals cannot be listened to.").because(&e);
        let resized = Resized(Some(signal(SignalKind::window_change()).map_err(deaf)?));
        let ends = [SignalKind::hangup(), SignalKind::quit(), SignalKind::terminate()].map(signal);
        let [hangup, quit, terminate] = ends;
        let signals = Signals(Some([
            hangup.map_err(deaf)?,
            quit.map_err(deaf)?,
            terminate.map_err(deaf)?,
        ]));
        Ok(Self {
            resized,
            signals,
            _raw: keys.then(Raw::take).transpose()?,
        })
    }
}

/// Tells that the terminal has another size.
pub(super) struct Resized(Option<Signal>);

impl Resized {
    /// The next size.
    pub(super) async fn next(&mut self) -> (u16, u16) {
        while let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            if let Some(size) = size() {
                return size;
            }
        }
        std::future::pending().await
    }
}

/// Signals that end a process.
pub(super) struct Signals(Option<[Signal; 3]>);

impl Signals {
    /// How this process is ended, when it is.
    pub(super) async fn next(&mut self) -> Failure {
        let Some([hangup, quit, terminate]) = &mut self.0 else {
            return std::future::pending().await;
        };
        let number = tokio::select! {
            _ = hangup.recv() => SignalKind::hangup(),
            _ = quit.recv() => SignalKind::quit(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        // As a shell tells it.
        let code = u8::try_from(128 + number.as_raw_value()).unwrap_or(u8::MAX);
        Failure::new(Exit::Own(code), "")
    }
}

/// A terminal whose keys come as they are pressed, and nothing is made of them.
struct Raw;

impl Raw {
    fn take() -> Outcome<Self> {
        crossterm::terminal::enable_raw_mode()
            .map(|()| Self)
            .map_err(|e| Failure::failed("This terminal cannot be used.").because(&e))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // One that is gone needs nothing back.
        let _ = crossterm::terminal::disable_raw_mode();
    }
}
