//! The one table that is printed: each figure with its baseline, what it must be, and whether it is.

/// A figure that was measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its number in the list of figures: `P3`.
    pub(crate) id: &'static str,
    /// What was measured.
    pub(crate) what: String,
    /// The figure, with its unit.
    pub(crate) value: String,
    /// What it is compared with, measured in the same run; empty where it is a size or a count.
    pub(crate) baseline: String,
    /// What it must be.
    pub(crate) must: &'static str,
    /// Whether it is.
    pub(crate) met: bool,
    /// What it should become.
    pub(crate) aim: &'static str,
    /// Whether it has.
    pub(crate) reached: bool,
}

impl Row {
    /// A figure of this number.
    pub(crate) fn new(id: &'static str, what: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            id,
            what: what.into(),
            value: value.into(),
            baseline: String::new(),
            must: "",
            met: true,
            aim: "",
            reached: true,
        }
    }

    /// Beside what was measured of something else in the same run.
    pub(crate) fn beside(mut self, baseline: impl Into<String>) -> Self {
        self.baseline = baseline.into();
        self
    }

    /// What it must be, and whether it is.
    pub(crate) fn must(mut self, must: &'static str, met: bool) -> Self {
        (self.must, self.met) = (must, met);
        self
    }

    /// What it should become, and whether it has.
    pub(crate) fn aim(mut self, aim: &'static str, reached: bool) -> Self {
        (self.aim, self.reached) = (aim, reached);
        self
    }

    fn cells(&self) -> [String; 7] {
        let verdict = match (self.must.is_empty(), self.met, self.aim.is_empty() || !self.reached) {
            (true, ..) => "",
            (_, false, _) => "MISSED",
            (_, true, true) => "met",
            (_, true, false) => "met, aim too",
        };
        [
            self.id.to_owned(),
            self.what.clone(),
            self.value.clone(),
            self.baseline.clone(),
            self.must.to_owned(),
            self.aim.to_owned(),
            verdict.to_owned(),
        ]
    }
}

/// The table as text that is also Markdown.
pub(crate) fn text(rows: &[Row]) -> String {
    let head = ["", "what", "figure", "baseline of this run", "must", "aim", ""].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |cells: &[String; 7]| {
        let padded: Vec<_> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("| {} |\n", padded.join(" | "))
    };
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text.push_str(&line(row));
        if index == 0 {
            text.push_str(&format!("| {} |\n", rule.join(" | ")));
        }
    }
    text
}
