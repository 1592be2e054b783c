//! The live connection: one socket for the page. A component follows a view and gets a signal that is always the
//! newest data; whether the connection stands, and since when not, is a signal too. A page that nobody sees follows nothing.
use crate::boot;
use crate::interop::{browser, clock, socket};
use crate::lean::boxed::Answer;
use crate::lean::effect;
use crate::lean::prelude::*;
use crate::pure::json;
use shipyard_model::live::{ToBrowser, ToServer, View, ViewData};
use shipyard_model::{Millis, Problem};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// How long a page is hidden before it follows nothing: who looks at another tab for a moment comes back to what is live.
const UNSEEN: Duration = Duration::from_secs(10);

/// Whether what the page shows is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Changes arrive.
    Live,
    /// The connection is gone since then; it is tried again.
    Lost(Millis),
}

/// What a followed view has to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Showing {
    /// Nothing yet.
    Waiting,
    /// Data; as old as the connection's loss, if it is lost.
    Data(ViewData),
    /// It cannot be shown.
    Failed(Problem),
}

struct Subscription {
    sub: u32,
    view: View,
    show: ArcRwSignal<Showing>,
}

struct Inner {
    socket: RefCell<Option<socket::Socket>>,
    subscriptions: RefCell<Vec<Subscription>>,
    next: Cell<u32>,
    attempt: Cell<u32>,
    /// Whether nothing is followed, for nobody sees it.
    resting: Cell<bool>,
    /// Whether the connection is to be made when somebody looks again.
    waiting: Cell<bool>,
    link: ArcRwSignal<Link>,
}

/// Handle of the page's live connection, in the context of every component.
#[derive(Clone)]
pub struct Live(Rc<Inner>);

/// `Live` lives on the browser's one thread; contexts want it to be `Send`.
#[derive(Clone)]
struct Provided(send_wrapper::SendWrapper<Live>);

/// Opens the connection. Called once, by the root component.
pub fn provide_live() {
    let live = Live(Rc::new(Inner {
        socket: RefCell::default(),
        subscriptions: RefCell::default(),
        next: Cell::new(1),
        attempt: Cell::new(0),
        resting: Cell::new(false),
        waiting: Cell::new(false),
        link: ArcRwSignal::new(Link::Live),
    }));
    live.connect();
    let seen = live.clone();
    browser::listen("visibilitychange", move |_: web_sys::Event| seen.seen_or_not());
    provide_context(Provided(send_wrapper::SendWrapper::new(live)));
}

/// Whether the page is live.
pub fn link() -> Signal<Link> {
    use_context::<Provided>().map_or_else(|| Signal::stored(Link::Live), |live| live.0.0.link.clone().into())
}

/// Follows a view as long as the calling component lives. When `view` changes, the new one is followed, and the old
/// data stays on screen until the new arrives.
pub fn follow(view: impl Fn() -> View + 'static) -> ArcRwSignal<Showing> {
    follow_boxed(Box::new(move |()| view()))
}

fn follow_boxed(view: Box<dyn Answer<(), View>>) -> ArcRwSignal<Showing> {
    let show = ArcRwSignal::new(Showing::Waiting);
    let Some(Provided(live)) = use_context::<Provided>() else {
        return show;
    };
    let sub = live.0.next.replace(live.0.next.get() + 1);
    effect({
        let (live, show) = (live.clone(), show.clone());
        move || {
            let view = view.answer(());
            if let Some(first) = boot::get()
                .and_then(|boot| boot.first.as_ref())
                .filter(|first| first.view == view)
                && show.with_untracked(|s| *s == Showing::Waiting)
            {
                show.set(Showing::Data(first.data.clone()));
            }
            let same = live.find(sub, |s| s.view == view) == Some(true);
            if !same {
                live.forget(sub);
                live.send(&ToServer::Subscribe {
                    sub,
                    view: view.clone(),
                });
                live.0.subscriptions.borrow_mut().push(Subscription {
                    sub,
                    view,
                    show: show.clone(),
                });
            }
        }
    });
    on_cleanup(move || {
        live.forget(sub);
        live.send(&ToServer::Unsubscribe { sub });
    });
    show
}

impl Live {
    fn find<T>(&self, sub: u32, take: impl Fn(&Subscription) -> T) -> Option<T> {
        self.0.subscriptions.borrow().iter().find(|s| s.sub == sub).map(take)
    }

    fn forget(&self, sub: u32) {
        self.0.subscriptions.borrow_mut().retain(|s| s.sub != sub);
    }

    fn send(&self, frame: &ToServer) {
        // All that is followed is asked for when somebody looks again.
        if self.0.resting.get() && matches!(frame, ToServer::Subscribe { .. }) {
            return;
        }
        if let (Some(socket), Ok(text)) = (self.0.socket.borrow().as_ref(), json::write(frame)) {
            socket.send(&text);
        }
    }

    fn connect(&self) {
        let (open, text, close) = (self.clone(), self.clone(), self.clone());
        let socket = socket::Socket::open(
            "/socket/live",
            move || open.opened(),
            move |frame| text.received(&frame),
            move |code| close.closed(code),
        );
        *self.0.socket.borrow_mut() = socket;
    }

    fn opened(&self) {
        self.0.attempt.set(0);
        self.0.link.set(Link::Live);
        self.0.resting.set(browser::hidden());
        self.follow_all();
    }

    /// In a tab in the background nothing is followed and no connection is sought, so that it costs nothing on either side.
    fn seen_or_not(&self) {
        if browser::hidden() {
            let live = self.clone();
            let rest = move || {
                if browser::hidden() && !live.0.resting.replace(true) {
                    let subs: Vec<_> = live.0.subscriptions.borrow().iter().map(|s| s.sub).collect();
                    for sub in subs {
                        live.send(&ToServer::Unsubscribe { sub });
                    }
                }
            };
            return set_timeout(rest, UNSEEN);
        }
        if self.0.waiting.replace(false) {
            self.again();
        } else if self.0.resting.replace(false) {
            self.follow_all();
        }
    }

    fn follow_all(&self) {
        let frames: Vec<_> = self
            .0
            .subscriptions
            .borrow()
            .iter()
            .map(|s| (s.sub, s.view.clone()))
            .collect();
        for (sub, view) in frames {
            self.send(&ToServer::Subscribe { sub, view });
        }
    }

    fn closed(&self, code: u16) {
        match code {
            socket::RIGHTS_CHANGED => return browser::reload(),
            // Whoever proves anew that it is them goes on in the same session under another id: connected at once.
            socket::SIGNED_OUT => return self.again_if_signed_in(),
            _ => {}
        }
        if matches!(self.0.link.get_untracked(), Link::Live) {
            self.0.link.set(Link::Lost(clock::now()));
        }
        let attempt = self.0.attempt.replace(self.0.attempt.get().saturating_add(1));
        // Full jitter: a thousand pages that lost the same server do not all come back in the same moment.
        let most = f64::from(500_u32 << attempt.min(6)).min(5_000.0);
        let wait = Duration::from_millis((200.0 + js_sys::Math::random() * most) as u64);
        let live = self.clone();
        let again = move || {
            if browser::hidden() {
                live.0.waiting.set(true);
            } else {
                live.again();
            }
        };
        set_timeout(again, wait);
    }

    fn again(&self) {
        // A refused upgrade tells a page nothing: ask why before trying for ever.
        if self.0.attempt.get() > 1 {
            self.again_if_signed_in();
        } else {
            self.connect();
        }
    }

    fn again_if_signed_in(&self) {
        let live = self.clone();
        leptos::task::spawn_local(async move {
            if browser::signed_out().await {
                browser::go("/login");
            } else {
                live.connect();
            }
        });
    }

    fn received(&self, frame: &str) {
        let Ok(frame) = json::read::<ToBrowser>(frame) else {
            return;
        };
        let show = |sub: u32| self.find(sub, |s| s.show.clone());
        match frame {
            ToBrowser::Hello { build } => {
                if boot::get().is_some_and(|boot| boot.build != build) {
                    browser::reload();
                }
            }
            ToBrowser::Whole { sub, data } => {
                if let Some(show) = show(sub) {
                    show.set(Showing::Data(data));
                }
            }
            ToBrowser::Patch { sub, patch } => {
                if let Some(show) = show(sub) {
                    show.update(|showing| {
                        if let Showing::Data(ViewData::Containers(window)) = showing {
                            patch.apply(window);
                        }
                    });
                }
            }
            ToBrowser::Failed { sub, why } => {
                if let Some(show) = show(sub) {
                    show.set(Showing::Failed(why));
                }
            }
        }
    }
}
