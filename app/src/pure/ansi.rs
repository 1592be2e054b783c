//! Log lines with escape codes: colours and weights become spans, every other code is dropped.
//!
//! A line starts plain: what one line left open does not colour the next, so that filtering, clearing and starting in
//! the middle of a log never change how a line looks.
use anstyle_parse::{Params, Parser, Perform, Utf8Parser};

/// A colour as a log line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// One of the sixteen that a terminal's theme defines.
    Theme(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Colour of the text.
    pub text: Option<Colour>,
    /// Colour behind it.
    pub back: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through.
    pub strike: bool,
    /// Text and back colour change places.
    pub inverse: bool,
}

impl Style {
    /// Names of the CSS classes for it, apart by spaces; colours that no class exists for are left out.
    pub fn classes(self) -> String {
        let mut names = String::new();
        let flags = [
            (self.bold, "ab"),
            (self.dim, "ad"),
            (self.italic, "ai"),
            (self.underline, "au"),
            (self.strike, "as"),
            (self.inverse, "ax"),
        ];
        for (_, name) in flags.iter().filter(|(on, _)| *on) {
            names.push_str(name);
            names.push(' ');
        }
        for (colour, prefix) in [(self.text, "af"), (self.back, "ag")] {
            if let Some(Colour::Theme(number)) = colour {
                names.push_str(prefix);
                names.push_str(&number.to_string());
                names.push(' ');
            }
        }
        names
    }
}

/// Text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How it looks.
    pub style: Style,
    /// The text.
    pub text: String,
}

/// Reads one line.
pub fn spans(line: &str) -> Vec<Span> {
    // Most lines hold no code at all.
    if !line.contains(|c: char| c.is_control() && c != '\t') {
        let text = line.to_owned();
        return vec![Span {
            style: Style::default(),
            text,
        }];
    }
    let mut reader = Reader::default();
    let mut parser = Parser::<Utf8Parser>::new();
    for byte in line.bytes() {
        parser.advance(&mut reader, byte);
    }
    reader.spans
}

/// The text of a line without its codes.
pub fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// Cuts a text where `needle` occurs (without regard to ASCII case): pieces with whether each is an occurrence.
pub fn marked<'t>(text: &'t str, needle: &str) -> Vec<(bool, &'t str)> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while !needle.is_empty() && at + needle.len() <= text.len() {
        let end = at + needle.len();
        match text.get(at..end).filter(|part| part.eq_ignore_ascii_case(needle)) {
            Some(part) => {
                pieces.extend(text.get(from..at).filter(|t| !t.is_empty()).map(|t| (false, t)));
                pieces.push((true, part));
                (from, at) = (end, end);
            }
            None => at += 1,
        }
    }
    pieces.extend(text.get(from..).filter(|t| !t.is_empty()).map(|t| (false, t)));
    pieces
}

/// Whether `needle` occurs in a text, without regard to ASCII case.
pub fn holds(text: &str, needle: &str) -> bool {
    needle.is_empty()
        || text
            .as_bytes()
            .windows(needle.len())
            .any(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
}

#[derive(Default)]
struct Reader {
    spans: Vec<Span>,
    style: Style,
    /// A carriage return was read: the next text stands over what there is, as progress bars do.
    again: bool,
}

impl Perform for Reader {
    fn print(&mut self, c: char) {
        if std::mem::take(&mut self.again) {
            self.spans.clear();
        }
        match self.spans.last_mut().filter(|span| span.style == self.style) {
            Some(span) => span.text.push(c),
            None => self.spans.push(Span {
                style: self.style,
                text: c.to_string(),
            }),
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\t' => self.print('\t'),
            b'\r' => self.again = true,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if action == b'm' && intermediates.is_empty() && !ignore {
            let codes: Vec<&[u16]> = params.iter().collect();
            self.style = sgr(self.style, &codes);
        }
    }
}

fn sgr(mut style: Style, codes: &[&[u16]]) -> Style {
    let mut rest = codes.iter();
    while let Some(code) = rest.next() {
        match code {
            [0] | [] => style = Style::default(),
            [1] => style.bold = true,
            [2] => style.dim = true,
            [3] => style.italic = true,
            [4] => style.underline = true,
            [4, kind] => style.underline = *kind != 0,
            [7] => style.inverse = true,
            [9] => style.strike = true,
            [22] => (style.bold, style.dim) = (false, false),
            [23] => style.italic = false,
            [24] => style.underline = false,
            [27] => style.inverse = false,
            [29] => style.strike = false,
            [n @ 30..=37] => style.text = theme(n - 30),
            [39] => style.text = None,
            [n @ 40..=47] => style.back = theme(n - 40),
            [49] => style.back = None,
            [n @ 90..=97] => style.text = theme(n - 82),
            [n @ 100..=107] => style.back = theme(n - 92),
            // `38;5;n` and `38;2;r;g;b` take the codes after them; `38:5:n` and `38:2::r:g:b` hold them.
            [38] => style.text = extended(&mut rest.by_ref().filter_map(|c| c.first().copied())),
            [48] => style.back = extended(&mut rest.by_ref().filter_map(|c| c.first().copied())),
            [38, inner @ ..] => style.text = held(inner),
            [48, inner @ ..] => style.back = held(inner),
            _ => {}
        }
    }
    style
}

fn theme(number: u16) -> Option<Colour> {
    u8::try_from(number).ok().map(Colour::Theme)
}

fn held(inner: &[u16]) -> Option<Colour> {
    match inner {
        // The colour space stands between, mostly empty.
        [2, _, r, g, b, ..] => extended(&mut [2, *r, *g, *b].into_iter()),
        other => extended(&mut other.iter().copied()),
    }
}

fn extended(codes: &mut impl Iterator<Item = u16>) -> Option<Colour> {
    let byte = |codes: &mut dyn Iterator<Item = u16>| codes.next().and_then(|n| u8::try_from(n).ok());
    match codes.next()? {
        5 => byte(codes).map(from_256),
        2 => Some(Colour::Rgb(byte(codes)?, byte(codes)?, byte(codes)?)),
        _ => None,
    }
}

/// A colour of xterm's table: sixteen of the theme, a cube of 6 × 6 × 6, and 24 greys.
fn from_256(number: u8) -> Colour {
    let step = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
    match number {
        0..16 => Colour::Theme(number),
        16..232 => {
            let n = number - 16;
            Colour::Rgb(step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        _ => {
            let grey = 8 + (number - 232) * 10;
            Colour::Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        plain(&spans(line))
    }

    #[test]
    fn plain_lines_stay_as_they_are() {
        assert_eq!(
            spans("a\tb é 漢 <script>"),
            [Span {
                style: Style::default(),
                text: "a\tb é 漢 <script>".into()
            }]
        );
    }

    #[test]
    fn colours_and_weights_become_spans() {
        let all = spans("\u{1b}[1;31mERR\u{1b}[0m ok \u{1b}[92mfine\u{1b}[39m é");
        assert_eq!(all.len(), 4);
        assert_eq!((all[0].style.bold, all[0].style.text), (true, Some(Colour::Theme(1))));
        assert_eq!(all[0].style.classes(), "ab af1 ");
        assert_eq!(
            (all[2].style.text, all[2].text.as_str()),
            (Some(Colour::Theme(10)), "fine")
        );
        assert_eq!(all[3].text, " é");
    }

    #[test]
    fn extended_colours_in_both_spellings() {
        for (code, colour) in [
            ("38;5;208", Colour::Rgb(255, 135, 0)),
            ("38:5:208", Colour::Rgb(255, 135, 0)),
            ("38;2;1;2;3", Colour::Rgb(1, 2, 3)),
            ("38:2::1:2:3", Colour::Rgb(1, 2, 3)),
            ("38;5;9", Colour::Theme(9)),
            ("38;5;255", Colour::Rgb(238, 238, 238)),
        ] {
            assert_eq!(spans(&format!("\u{1b}[{code}mx"))[0].style.text, Some(colour), "{code}");
        }
        let after = spans("\u{1b}[38;5;9;1mx");
        assert!(after[0].style.bold);
    }

    #[test]
    fn other_codes_are_dropped() {
        assert_eq!(
            shown("\u{1b}[2J\u{1b}[10;10Ha\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c\u{0}\u{8}d"),
            "abcd"
        );
        assert_eq!(shown("10%\r20%\r30%"), "30%");
        assert_eq!(shown("line\r"), "line");
        assert_eq!(shown("\u{1b}["), "");
        assert_eq!(shown("\u{1b}[38;5mx\u{1b}[999mx\u{1b}[38;2;300;1;1my"), "xxy");
    }

    #[test]
    fn marks_are_found_without_regard_to_case() {
        assert_eq!(
            marked("an Error, error", "ERROR"),
            [(false, "an "), (true, "Error"), (false, ", "), (true, "error")]
        );
        assert_eq!(marked("é漢é", "漢"), [(false, "é"), (true, "漢"), (false, "é")]);
        assert_eq!(marked("abc", ""), [(false, "abc")]);
        assert!(holds("An Error", "error") && !holds("a", "ab") && holds("", ""));
    }
}
