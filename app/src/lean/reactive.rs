//! Leptos's signals and memos, with the type of their value forgotten inside.
//!
//! Leptos compiles its reactive graph anew for each type of value: some kilobytes for each of a hundred types. Here it
//! is compiled once, for values behind a pointer, and each type adds only how it is read and compared. What they can do
//! has Leptos's names, and they behave as Leptos's own.
mod handles;
mod shared;

pub use handles::{Callback, NodeRef};
pub use shared::Kept;

use super::boxed::Answer;
use leptos::prelude as graph;
use leptos::prelude::GetValue;
use shared::{Calculate, Read, Shared, Source, Write, calculated, change, typed};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

macro_rules! holder {
    ($(#[$about:meta])* $name:ident($source:ty)) => {
        $(#[$about])*
        pub struct $name<T>($source, PhantomData<fn() -> T>);

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

macro_rules! copied {
    ($($name:ident)*) => {$(
        impl<T> Copy for $name<T> {}

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }
    )*};
}
copied!(Memo RwSignal Signal StoredValue);

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

readable!(Memo);
readable!(RwSignal);
readable!(ArcRwSignal);
readable!(Signal);
writable!(RwSignal(RwSignal));
writable!(ArcRwSignal(ArcRwSignal));

impl<T: Kept + PartialEq> Memo<T> {
    /// A value that is calculated anew, from the one before, when what it reads changes.
    pub fn new(make: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        Self::boxed(Box::new(make))
    }

    #[inline(never)]
    fn boxed(make: Box<dyn Calculate<T, T> + Send + Sync>) -> Self {
        let calculate = move |before: Option<&Shared>| Arc::new(make.calculate(before.map(typed::<T>))) as Shared;
        let same = |before: &Shared, new: &Shared| typed::<T>(before) == typed::<T>(new);
        Self(calculated(Box::new(calculate), same), PhantomData)
    }
}

impl<T: Kept> Signal<T> {
    /// What a closure gives.
    pub fn derive(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::boxed(Box::new(move |()| make()))
    }

    #[inline(never)]
    fn boxed(make: Box<dyn Answer<(), T> + Send + Sync>) -> Self {
        let calculate = move |_: Option<&Shared>| Arc::new(make.answer(())) as Shared;
        Self(Source::Memo(calculated(Box::new(calculate), |_, _| false)), PhantomData)
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
        self.0.replace(Arc::new(value));
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
