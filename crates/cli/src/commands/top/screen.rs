//! The terminal while it is ours: its own screen, each key as it is pressed; given back as it was, whatever happens.
use crate::error::{Failure, Outcome};
use crate::out;
use crossterm::event::{self, Event};
use crossterm::terminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// The terminal.
pub(super) struct Screen {
    events: mpsc::UnboundedReceiver<Event>,
    over: Arc<AtomicBool>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn open() -> Outcome<Self> {
        terminal::enable_raw_mode().map_err(|e| Failure::failed("This terminal cannot be used.").because(&e))?;
        let (sender, events) = mpsc::unbounded_channel();
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        // Keys are read by a thread that looks up now and then: a blocked read would take the next program's first key.
        let reader = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                match event::poll(Duration::from_millis(100)) {
                    Ok(false) => {}
                    Ok(true) => {
                        let Ok(event) = event::read() else { return };
                        if sender.send(event).is_err() {
                            return;
                        }
                    }
                    Err(_) => return,
                }
            }
        });
        let screen = Self {
            events,
            over,
            reader: Some(reader),
        };
        out::print("\x1b[?1049h\x1b[?25l\x1b[2J")?;
        Ok(screen)
    }

    /// The next key, or that the size changed; `None` when the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> (usize, usize) {
        let (width, height) = terminal::size().unwrap_or((80, 24));
        (usize::from(width), usize::from(height))
    }

    /// Shows these lines, which fit.
    pub(super) fn paint(&mut self, lines: &[String]) -> Outcome {
        // All at once, where the terminal knows how: no half of a picture.
        let mut text = String::from("\x1b[?2026h\x1b[H");
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                text.push_str("\r\n");
            }
            text.push_str(line);
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J\x1b[?2026l");
        out::print(&text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        // A terminal that is gone needs nothing back.
        let _ = out::print("\x1b[?25h\x1b[?1049l");
        let _ = terminal::disable_raw_mode();
    }
}
