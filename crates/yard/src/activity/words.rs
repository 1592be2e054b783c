//! Texts of records: whatever a name holds, it is one line of bounded length that no terminal acts on.
use shipyard_model::activity::ActivitySubject;

/// Most characters of a name.
pub(super) const NAME: usize = 300;
/// Most characters of a sentence of a problem.
pub(super) const SENTENCE: usize = 500;
/// Most characters of a detail: enough for the names of some hundred containers.
pub(super) const DETAIL: usize = 4000;

/// Controls, and the marks that turn the direction of what follows.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with what must not be seen replaced, cut after `most` characters.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut out: String = text
        .chars()
        .take(most)
        .map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}

pub(super) fn subject(subject: ActivitySubject) -> ActivitySubject {
    ActivitySubject {
        kind: subject.kind,
        name: clean(&subject.name, NAME),
        engine: subject.engine.map(|name| clean(&name, NAME)),
        pool: subject.pool.map(|name| clean(&name, NAME)),
        id: subject.id.map(|id| clean(&id, NAME)),
    }
}
