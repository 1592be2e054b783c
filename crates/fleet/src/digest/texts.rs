//! Texts that words are looked for in, laid out one behind the other so that all are searched in one run.
use super::{end, range};
use memchr::memmem::Finder;

/// Between texts, so that no word is found across two of them.
const END: char = '\0';
/// Length from which a word may be the start of a container's id: shorter ones would match by accident.
const LEAST_ID: usize = 4;

/// A word of a filter, in small letters and made ready to be looked for.
pub(crate) struct Word {
    text: String,
    finder: Finder<'static>,
    pair: Option<Box<(String, Word)>>,
}

impl Word {
    /// Of a text in any letters.
    pub(crate) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let pair = text
            .split_once('=')
            .map(|(key, value)| Box::new((key.to_owned(), Self::plain(value.to_owned()))));
        Self {
            pair,
            ..Self::plain(text)
        }
    }

    fn plain(text: String) -> Self {
        Self {
            finder: Finder::new(&text).into_owned(),
            text,
            pair: None,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Key and value, when it is written as a label.
    pub(crate) fn pair(&self) -> Option<(&str, &Self)> {
        self.pair.as_deref().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether it can be the beginning of a container's id.
    pub(crate) fn may_be_id(&self) -> bool {
        self.text.len() >= LEAST_ID && self.text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Whether it occurs in a text, without regard to case.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        has(text, &self.text)
    }
}

/// Whether a small-letter word occurs in a text, without regard to case.
pub(crate) fn has(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

/// Texts in small letters, by their places.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        if text.is_ascii() {
            self.text.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            self.text.push_str(&text.to_lowercase());
        }
        self.text.push(END);
        self.ends.push(end(self.text.len()));
    }

    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        self.text.get(range(&self.ends, place))?.strip_suffix(END)
    }

    /// Calls for each place of a text in which a word occurs.
    pub(crate) fn find(&self, word: &Word, mut found: impl FnMut(usize)) {
        if word.text.contains(END) {
            return;
        }
        let mut place = 0;
        for at in word.finder.find_iter(self.text.as_bytes()) {
            // Texts are short, so that the next one is near.
            while self.ends.get(place).is_some_and(|end| (*end as usize) <= at) {
                place += 1;
            }
            found(place);
        }
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}
