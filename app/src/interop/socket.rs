//! A WebSocket to this server: text in, text out, and why it closed.
use super::browser;
use crate::lean::boxed::{Make, Take};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// Code with which the server closes a socket whose session has ended, or goes on under another id.
pub const SIGNED_OUT: u16 = 4401;
/// Code with which the server closes a socket whose account may do other things now than when it was opened.
pub const RIGHTS_CHANGED: u16 = 4403;

/// How long to wait before a socket that closed with this code is opened again. What has to be done about the session, the
/// page's live connection does.
pub fn wait(code: u16) -> Duration {
    if code == SIGNED_OUT {
        Duration::from_millis(100)
    } else {
        Duration::from_secs(2)
    }
}

/// An open or opening socket; closed when dropped.
pub struct Socket {
    socket: WebSocket,
    // Kept alive as long as the socket: the browser calls them.
    _message: Closure<dyn FnMut(MessageEvent)>,
    _open: Closure<dyn FnMut(Event)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens `path` (with its query) on the host that the page came from.
    pub fn open(
        path: &str,
        on_open: impl Fn() + 'static,
        on_text: impl Fn(String) + 'static,
        on_close: impl FnOnce(u16) + 'static,
    ) -> Option<Self> {
        Self::boxed(path, Box::new(on_open), Box::new(on_text), Box::new(on_close))
    }

    fn boxed(
        path: &str,
        mut on_open: Box<dyn Make<()>>,
        mut on_text: Box<dyn Take<String>>,
        on_close: Box<dyn FnOnce(u16)>,
    ) -> Option<Self> {
        let location = browser::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let socket = WebSocket::new(&format!("{scheme}://{}{path}", location.host().ok()?)).ok()?;
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_text.take(text);
            }
        });
        let open = Closure::<dyn FnMut(Event)>::new(move |_| on_open.make());
        let once = Rc::new(RefCell::new(Some(on_close)));
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            let on_close = once.borrow_mut().take();
            if let Some(on_close) = on_close {
                on_close(event.code());
            }
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _message: message,
            _open: open,
            _close: close,
        })
    }

    /// Sends a text; lost when the socket is not open, so senders send again on open.
    pub fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(text);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
