//! Values without their type, and what of Leptos's graph reads and changes them.
use leptos::prelude as graph;
use leptos::prelude::{Get, GetUntracked, Set, SetValue, Track, Update, UpdateValue};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// A value of any type.
pub(super) type Shared = Arc<dyn Any + Send + Sync>;

/// What a value must be to be kept.
pub trait Kept: Send + Sync + 'static {}
impl<T: Send + Sync + 'static> Kept for T {}

/// The value of the type that it was made with.
pub(super) fn typed<T: 'static>(shared: &Shared) -> &T {
    match shared.downcast_ref() {
        Some(value) => value,
        // Each of the types below puts in what it takes out.
        None => std::process::abort(),
    }
}

pub(super) trait Read {
    fn read(&self) -> Shared;
    fn read_untracked(&self) -> Shared;
    fn try_read_untracked(&self) -> Option<Shared>;
    fn follow(&self);
}

macro_rules! read {
    ($($source:ty),*) => {$(
        impl Read for $source {
            #[inline(never)]
            fn read(&self) -> Shared {
                self.get()
            }

            #[inline(never)]
            fn read_untracked(&self) -> Shared {
                self.get_untracked()
            }

            #[inline(never)]
            fn try_read_untracked(&self) -> Option<Shared> {
                self.try_get_untracked()
            }

            #[inline(never)]
            fn follow(&self) {
                self.track();
            }
        }
    )*};
}
read!(graph::Memo<Shared>, graph::RwSignal<Shared>, graph::ArcRwSignal<Shared>);

/// Where a [`Signal`] reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Memo(graph::Memo<Shared>),
    Signal(graph::RwSignal<Shared>),
}

impl Source {
    fn as_read(&self) -> &dyn Read {
        match self {
            Self::Memo(memo) => memo,
            Self::Signal(signal) => signal,
        }
    }
}

impl Read for Source {
    #[inline(never)]
    fn read(&self) -> Shared {
        self.as_read().read()
    }

    #[inline(never)]
    fn read_untracked(&self) -> Shared {
        self.as_read().read_untracked()
    }

    fn try_read_untracked(&self) -> Option<Shared> {
        self.as_read().try_read_untracked()
    }

    fn follow(&self) {
        self.as_read().follow();
    }
}

pub(super) trait Write {
    fn replace(&self, value: Shared);
    fn change(&self, act: &mut dyn Change) -> bool;
}

macro_rules! write {
    ($($source:ty),*) => {$(
        impl Write for $source {
            #[inline(never)]
            fn replace(&self, value: Shared) {
                self.set(value);
            }

            #[inline(never)]
            fn change(&self, act: &mut dyn Change) -> bool {
                // Nobody else holds it: what reads it gives it back before it returns.
                self.try_update(|shared| Arc::get_mut(shared).map(|value| act.change(value))).flatten().is_some()
            }
        }
    )*};
}
write!(graph::RwSignal<Shared>, graph::ArcRwSignal<Shared>);

/// A change, once.
pub(super) trait Change {
    fn change(&mut self, value: &mut dyn Any);
}

struct Once<F, T, R> {
    act: Option<F>,
    result: Option<R>,
    value: PhantomData<fn(T)>,
}

impl<T: 'static, R, F: FnOnce(&mut T) -> R> Change for Once<F, T, R> {
    fn change(&mut self, value: &mut dyn Any) {
        if let (Some(value), Some(act)) = (value.downcast_mut(), self.act.take()) {
            self.result = Some(act(value));
        }
    }
}

pub(super) fn change<T: 'static, R>(source: &dyn Write, act: impl FnOnce(&mut T) -> R) -> Option<R> {
    let mut once = Once {
        act: Some(act),
        result: None,
        value: PhantomData,
    };
    source.change(&mut once);
    once.result
}

impl Write for graph::StoredValue<Shared> {
    fn replace(&self, value: Shared) {
        self.set_value(value);
    }

    #[inline(never)]
    fn change(&self, act: &mut dyn Change) -> bool {
        let done = self.try_update_value(|shared| Arc::get_mut(shared).map(|value| act.change(value)));
        done.flatten().is_some()
    }
}

/// Calculates a value, from the one before.
pub(super) trait Calculate<T, R> {
    fn calculate(&self, before: Option<&T>) -> R;
}

impl<T, R, F: Fn(Option<&T>) -> R> Calculate<T, R> for F {
    fn calculate(&self, before: Option<&T>) -> R {
        self(before)
    }
}

#[inline(never)]
pub(super) fn calculated(
    calculate: Box<dyn Calculate<Shared, Shared> + Send + Sync>,
    same: fn(&Shared, &Shared) -> bool,
) -> graph::Memo<Shared> {
    graph::Memo::new_owning(move |before: Option<Shared>| {
        let new = calculate.calculate(before.as_ref());
        match before.filter(|before| same(before, &new)) {
            Some(before) => (before, false),
            None => (new, true),
        }
    })
}
