//! What an attribute, a property, a class or a style can be.
use super::Dom;
use crate::lean::reactive::{Kept, Memo, RwSignal, Signal};
use std::borrow::Cow;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The attribute is not there.
    Absent,
    /// Whether it is there, without a value.
    Is(bool),
    /// A text.
    Text(Cow<'static, str>),
}

/// What a page may write as a value: texts, numbers, `bool`, an `Option` of them, and closures and signals that give them.
pub trait IntoValue: Sized {
    /// The value at this moment.
    fn into_value(self) -> Value;

    /// Fills the next hole of a view.
    #[inline]
    fn fill(self, dom: &mut Dom) {
        dom.fixed(self.into_value());
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Is(self)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, IntoValue::into_value)
    }
}

impl<T: IntoValue, F: FnMut() -> T + Send + 'static> IntoValue for F {
    fn into_value(mut self) -> Value {
        self().into_value()
    }

    #[inline]
    fn fill(mut self, dom: &mut Dom) {
        dom.live(Box::new(move || self().into_value()));
    }
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl IntoValue for $number {
            fn into_value(self) -> Value {
                self.to_string().into_value()
            }
        }
    )*};
}
numbers!(u32 u64 usize i32 f64);

macro_rules! signals {
    ($($signal:ident)*) => {$(
        impl<T: IntoValue + Clone + Kept> IntoValue for $signal<T> {
            fn into_value(self) -> Value {
                self.get().into_value()
            }

            #[inline]
            fn fill(self, dom: &mut Dom) {
                dom.live(Box::new(move || self.get().into_value()));
            }
        }
    )*};
}
signals!(Memo RwSignal Signal);
