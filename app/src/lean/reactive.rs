//! Leptos's signals and memos, with the type of their value forgotten inside.
//!
//! Leptos compiles its reactive graph anew for each type of value: some kilobytes for each of a hundred types. Here it
//! is compiled once, for values behind a pointer, and each type adds only how it is read and compared. What they can do
//! has Leptos's names, and they behave as Leptos's own.
use super::boxed::Answer;
use leptos::prelude as graph;
use leptos::prelude::{Get, GetUntracked, GetValue, Set, SetValue, Track, Update, UpdateValue};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A value of any type.
type Shared = Arc<dyn Any + Send + Sync>;

/// What a value must be to be kept.
pub trait Kept: Send + Sync + 'static {}
impl<T: Send + Sync + 'static> Kept for T {}

/// The value of the type that it was made with.
fn typed<T: 'static>(shared: &Shared) -> &T {
    match shared.downcast_ref() {
        Some(value) => value,
        // Each of the types below puts in what it takes out.
        None => std::process::abort(),
    }
}

trait Read {
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
enum Source {
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

trait Write {
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
trait Change {
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

fn change<T: 'static, R>(source: &dyn Write, act: impl FnOnce(&mut T) -> R) -> Option<R> {
    let mut once = Once {
        act: Some(act),
        result: None,
        value: PhantomData,
    };
    source.change(&mut once);
    once.result
}

macro_rules! holder {
    ($(#[$about:meta])* $name:ident($source:ty)) => {
        $(#[$about])*
        pub struct $name<T>($source, PhantomData<fn() -> T>);

        impl<T> Clone for $name<T> {
            #[allow(clippy::clone_on_copy, reason = "not all of them are Copy")]
            fn clone(&self) -> Self {
                Self(self.0.clone(), PhantomData)
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

macro_rules! readable {
    ($name:ident) => {
        impl<T: Kept> $name<T> {
            /// The value; who asks is told when it changes.
            #[inline(never)]
            pub fn get(&self) -> T
            where
                T: Clone,
            {
                typed::<T>(&self.0.read()).clone()
            }

            /// The value now.
            #[inline(never)]
            pub fn get_untracked(&self) -> T
            where
                T: Clone,
            {
                typed::<T>(&self.0.read_untracked()).clone()
            }

            /// The value now, if what holds it is still there.
            pub fn try_get_untracked(&self) -> Option<T>
            where
                T: Clone,
            {
                self.0
                    .try_read_untracked()
                    .map(|shared| typed::<T>(&shared).clone())
            }

            /// Reads the value in place; who asks is told when it changes.
            pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                read(typed(&self.0.read()))
            }

            /// Reads the value in place as it is now.
            pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                read(typed(&self.0.read_untracked()))
            }

            /// Is told when it changes, without reading it.
            pub fn track(&self) {
                self.0.follow();
            }
        }
    };
}

macro_rules! writable {
    ($name:ident($source:ident)) => {
        impl<T: Kept> $name<T> {
            /// Keeps a value.
            pub fn new(value: T) -> Self {
                #[inline(never)]
                fn new(value: Shared) -> graph::$source<Shared> {
                    graph::$source::new(value)
                }
                Self(new(Arc::new(value)), PhantomData)
            }

            /// Takes another value.
            #[inline(never)]
            pub fn set(&self, value: T) {
                self.0.replace(Arc::new(value));
            }

            /// Takes another value, if it is still there.
            pub fn try_set(&self, value: T) {
                self.set(value);
            }

            /// Changes the value in place.
            pub fn update(&self, act: impl FnOnce(&mut T)) {
                change(&self.0, act);
            }

            /// Changes the value in place, if it is still there.
            pub fn try_update<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
                change(&self.0, act)
            }
        }

        impl<T: Kept + Default> Default for $name<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }
    };
}

holder! {
    /// A value that is calculated anew when what it reads changes.
    Memo(graph::Memo<Shared>)
}
holder! {
    /// A value that can be set, as long as the part of the page that made it.
    RwSignal(graph::RwSignal<Shared>)
}
holder! {
    /// A value that can be set, as long as somebody has it.
    ArcRwSignal(graph::ArcRwSignal<Shared>)
}
holder! {
    /// A value that can be read, wherever it comes from.
    Signal(Source)
}
holder! {
    /// A value that nobody is told of.
    StoredValue(graph::StoredValue<Shared>)
}

impl<T> Copy for Memo<T> {}
impl<T> Copy for RwSignal<T> {}
impl<T> Copy for Signal<T> {}
impl<T> Copy for StoredValue<T> {}

readable!(Memo);
readable!(RwSignal);
readable!(ArcRwSignal);
readable!(Signal);
writable!(RwSignal(RwSignal));
writable!(ArcRwSignal(ArcRwSignal));

/// Calculates a value: from the one before, a new one, or none if it is the same.
trait Calculate<T, R> {
    fn calculate(&self, before: Option<&T>) -> R;
}

impl<T, R, F: Fn(Option<&T>) -> R> Calculate<T, R> for F {
    fn calculate(&self, before: Option<&T>) -> R {
        self(before)
    }
}

#[inline(never)]
fn calculated(calculate: Box<dyn Calculate<Shared, Option<Shared>> + Send + Sync>) -> graph::Memo<Shared> {
    graph::Memo::new_owning(
        move |before: Option<Shared>| match (calculate.calculate(before.as_ref()), before) {
            (Some(new), _) => (new, true),
            (None, Some(before)) => (before, false),
            // Only what is there can be the same.
            (None, None) => (Arc::new(()), true),
        },
    )
}

impl<T: Kept + PartialEq> Memo<T> {
    /// A value that is calculated anew, from the one before, when what it reads changes.
    pub fn new(make: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        Self::boxed(Box::new(make))
    }

    #[inline(never)]
    fn boxed(make: Box<dyn Calculate<T, T> + Send + Sync>) -> Self {
        let calculate = move |before: Option<&Shared>| -> Option<Shared> {
            let before = before.map(typed::<T>);
            let new = make.calculate(before);
            (before != Some(&new)).then(|| Arc::new(new) as Shared)
        };
        Self(calculated(Box::new(calculate)), PhantomData)
    }
}

impl<T: Kept> Signal<T> {
    /// What a closure gives.
    pub fn derive(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::boxed(Box::new(move |()| make()))
    }

    #[inline(never)]
    fn boxed(make: Box<dyn Answer<(), T> + Send + Sync>) -> Self {
        let calculate = move |_: Option<&Shared>| Some(Arc::new(make.answer(())) as Shared);
        Self(Source::Memo(calculated(Box::new(calculate))), PhantomData)
    }

    /// A value that stays.
    pub fn stored(value: T) -> Self {
        RwSignal::new(value).into()
    }
}

impl<T: Kept> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl From<&str> for Signal<String> {
    fn from(value: &str) -> Self {
        Self::stored(value.to_owned())
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self(Source::Memo(memo.0), PhantomData)
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(Source::Signal(signal.0), PhantomData)
    }
}

impl<T> From<ArcRwSignal<T>> for Signal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        RwSignal::from(signal).into()
    }
}

impl<T: Kept + Default> Default for Signal<T> {
    fn default() -> Self {
        Self::stored(T::default())
    }
}

impl<T> From<ArcRwSignal<T>> for RwSignal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

impl<T: Kept> StoredValue<T> {
    /// Keeps a value.
    pub fn new(value: T) -> Self {
        #[inline(never)]
        fn new(value: Shared) -> graph::StoredValue<Shared> {
            graph::StoredValue::new(value)
        }
        Self(new(Arc::new(value)), PhantomData)
    }

    fn read(&self) -> Shared {
        #[inline(never)]
        fn read(stored: &graph::StoredValue<Shared>) -> Shared {
            stored.get_value()
        }
        read(&self.0)
    }

    fn try_read(&self) -> Option<Shared> {
        #[inline(never)]
        fn read(stored: &graph::StoredValue<Shared>) -> Option<Shared> {
            stored.try_get_value()
        }
        read(&self.0)
    }

    /// The value.
    pub fn get_value(&self) -> T
    where
        T: Clone,
    {
        typed::<T>(&self.read()).clone()
    }

    /// The value, if it is still there.
    pub fn try_get_value(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_read().map(|shared| typed::<T>(&shared).clone())
    }

    /// Reads the value in place.
    pub fn with_value<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&self.read()))
    }

    /// Takes another value.
    pub fn set_value(&self, value: T) {
        self.0.set_value(Arc::new(value));
    }

    /// Changes the value in place.
    pub fn update_value(&self, act: impl FnOnce(&mut T)) {
        self.try_update_value(act);
    }

    /// Changes the value in place, if it is still there.
    pub fn try_update_value<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        change(&self.0, act)
    }
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

/// Something to be done with a value, given to another part of the page.
pub struct Callback<T>(StoredValue<SendWrapper<Rc<dyn Answer<T, ()>>>>);

impl<T> Clone for Callback<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Callback<T> {}

impl<T: 'static> Callback<T> {
    /// Keeps what is to be done.
    pub fn new(act: impl Fn(T) + 'static) -> Self {
        Self::boxed(Rc::new(act))
    }

    fn boxed(act: Rc<dyn Answer<T, ()>>) -> Self {
        Self(StoredValue::new(SendWrapper::new(act)))
    }

    /// Does it.
    pub fn run(&self, value: T) {
        self.try_run(value);
    }

    /// Does it, if the part of the page that gave it is still there.
    #[inline(never)]
    pub fn try_run(&self, value: T) {
        if let Some(act) = self.0.try_get_value() {
            act.answer(value);
        }
    }
}

/// An element of the page, once it is there: `node_ref=…` tells it.
pub struct NodeRef<E>(RwSignal<Option<SendWrapper<web_sys::Element>>>, PhantomData<fn() -> E>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E: JsCast> NodeRef<E> {
    /// None yet.
    pub fn new() -> Self {
        Self(RwSignal::new(None), PhantomData)
    }

    /// The element; who asks is told when it is there.
    pub fn get(&self) -> Option<E> {
        self.0.get().map(|element| element.take().unchecked_into())
    }

    /// The element, if it is there now.
    pub fn get_untracked(&self) -> Option<E> {
        self.0.get_untracked().map(|element| element.take().unchecked_into())
    }

    /// It is there now.
    pub(super) fn set(self, element: &web_sys::Element) {
        self.0.set(Some(SendWrapper::new(element.clone())));
    }

    pub(super) fn forget_type(self) -> NodeRef<web_sys::Element> {
        NodeRef(self.0, PhantomData)
    }
}

impl<E: JsCast> Default for NodeRef<E> {
    fn default() -> Self {
        Self::new()
    }
}
