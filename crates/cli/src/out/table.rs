//! Tables: the original's columns, under its own titles.
//!
//! On a terminal columns stand two blanks apart and have colours. Elsewhere they are apart by tabs to multiples of eight,
//! as the original wrote them, because scripts cut its lines up.
use super::escape;
use unicode_width::UnicodeWidthStr;

/// How a cell looks on a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Well.
    Good,
    /// To be looked at.
    Warn,
    /// Not well.
    Bad,
    /// Of little weight.
    Dim,
}

impl Tone {
    /// The code of the colour (SGR).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "32",
            Self::Warn => "33",
            Self::Bad => "31",
            Self::Dim => "2",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its text, as it came.
    pub text: String,
    /// Its look.
    pub tone: Tone,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Plain,
        }
    }
}

impl Cell {
    /// A cell with a look.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Whether it is of `-o wide` only.
    pub wide: bool,
}

/// A column of the table.
pub const fn column(title: &'static str) -> Column {
    Column { title, wide: false }
}

/// A column of the wide table.
pub const fn wide(title: &'static str) -> Column {
    Column { title, wide: true }
}

/// What is listed: something with a name and a cell for each column.
pub trait Tabled: serde::Serialize {
    /// The columns.
    const COLUMNS: &'static [Column];

    /// A cell for each column.
    fn cells(&self) -> Vec<Cell>;

    /// By what a command names it.
    fn name(&self) -> String;
}

/// Where it is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Columns apart by blanks rather than by tabs.
    pub blanks: bool,
    /// With colours.
    pub colours: bool,
    /// With the wide table's columns.
    pub wide: bool,
}

/// The table as text; empty when nothing is listed.
pub fn render<T: Tabled>(items: &[T], paper: Paper) -> String {
    let rows: Vec<Vec<Cell>> = items.iter().map(Tabled::cells).collect();
    render_rows(T::COLUMNS, &rows, paper)
}

/// The table of these rows; empty when there is none.
pub fn render_rows(columns: &[Column], rows: &[Vec<Cell>], paper: Paper) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let shown = |at: usize| columns.get(at).is_some_and(|column| paper.wide || !column.wide);
    let head = columns.iter().map(|column| Cell::from(column.title)).collect();
    let mut lines: Vec<Vec<Cell>> = Vec::with_capacity(rows.len() + 1);
    for row in std::iter::once(&head).chain(rows) {
        let cells = row.iter().enumerate().filter(|(at, _)| shown(*at));
        lines.push(
            cells
                .map(|(_, cell)| Cell {
                    text: escape::line(&cell.text).into_owned(),
                    tone: cell.tone,
                })
                .collect(),
        );
    }
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count)
        .map(|at| {
            let cells = lines.iter().filter_map(|line| line.get(at));
            cells.map(|cell| cell.text.width()).max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let mut written = String::new();
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let code = if number == 0 { "1" } else { cell.tone.code() };
            if paper.colours && !code.is_empty() {
                written.push_str(&format!("\x1b[{code}m{}\x1b[0m", cell.text));
            } else {
                written.push_str(&cell.text);
            }
            if at + 1 < count {
                written.push_str(&gap(cell.text.width(), *width, paper.blanks));
            }
        }
        // The original's writer leaves what follows an empty last cell; blanks that nobody sees are cut.
        text.push_str(if paper.blanks { written.trim_end() } else { &written });
        text.push('\n');
    }
    text
}

/// What stands between a cell and the next column.
fn gap(text: usize, width: usize, blanks: bool) -> String {
    if blanks {
        return " ".repeat(width - text + 2);
    }
    // At least one tab, up to the next multiple of eight that lies behind the widest cell.
    let cell = (width + 1).div_ceil(8) * 8;
    "\t".repeat((cell - text).div_ceil(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 3] = [column("ID"), column("Name"), wide("Image")];

    fn rows(names: &[&str]) -> Vec<Vec<Cell>> {
        let row = |name: &&str| vec!["1".into(), (*name).into(), "busybox".into()];
        names.iter().map(row).collect()
    }

    fn paper(blanks: bool, wide: bool) -> Paper {
        Paper {
            blanks,
            colours: false,
            wide,
        }
    }

    #[test]
    fn nothing_is_printed_for_an_empty_list() {
        assert_eq!(render_rows(&COLUMNS, &[], paper(true, true)), "");
    }

    #[test]
    fn columns_stand_apart_by_blanks_or_by_the_originals_tabs() {
        assert_eq!(
            render_rows(&COLUMNS, &rows(&["web-1"]), paper(true, false)),
            "ID  Name\n1   web-1\n"
        );
        assert_eq!(
            render_rows(&COLUMNS, &rows(&["web-1", "database"]), paper(false, true)),
            "ID\tName\t\tImage\n1\tweb-1\t\tbusybox\n1\tdatabase\tbusybox\n"
        );
    }

    #[test]
    fn what_others_wrote_stays_in_its_cell() {
        let text = render_rows(&COLUMNS, &rows(&["a\n\tb\x1b[2J"]), paper(true, false));
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains(r"a\x0a\x09b\x1b[2J"), "{text}");
    }

    proptest! {
        #[test]
        fn every_row_is_one_line(names in proptest::collection::vec(".*", 1..9), blanks: bool) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let text = render_rows(&COLUMNS, &rows(&names), paper(blanks, true));
            prop_assert_eq!(text.split_terminator('\n').count(), names.len() + 1);
        }
    }
}
