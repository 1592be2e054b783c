//! `--filter key=value`: by the columns of the list itself.
use crate::error::{Failure, Outcome};
use crate::out::table::{Column, Tabled};

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The column, in lower case with `-` for blanks.
    pub key: String,
    /// What it must hold.
    pub value: String,
}

impl Filter {
    /// Reads `key=value`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                key: key.trim().to_lowercase(),
                value: value.trim().to_owned(),
            }),
            _ => Err("write a column and its value: state=running".to_owned()),
        }
    }
}

/// A column's key: its title in lower case, blanks as `-`, without what is in brackets.
pub fn key_of(column: &Column) -> String {
    let title = column.title.split('(').next().unwrap_or_default().trim();
    title.to_lowercase().replace(' ', "-")
}

/// Keeps what the filters let through: values of one key are alternatives, keys must all hold. A value matches where the
/// cell holds it, in any case.
///
/// # Errors
/// When there is no such column.
pub fn keep<T: Tabled>(items: Vec<T>, filters: &[Filter]) -> Outcome<Vec<T>> {
    let keys: Vec<String> = T::COLUMNS.iter().map(key_of).collect();
    for filter in filters {
        if !keys.contains(&filter.key) {
            return Err(
                Failure::usage(format!("There is no column “{}” to filter by.", filter.key))
                    .hint(format!("There are: {}", keys.join(", "))),
            );
        }
    }
    let lets_through = |item: &T| {
        let cells = item.cells();
        keys.iter().zip(&cells).all(|(key, cell)| {
            let mut wanted = filters.iter().filter(|filter| filter.key == *key).peekable();
            let text = cell.text.to_lowercase();
            wanted.peek().is_none() || wanted.any(|filter| text.contains(&filter.value.to_lowercase()))
        })
    };
    Ok(items.into_iter().filter(lets_through).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::table::{Cell, column};
    use proptest::prelude::*;

    #[derive(serde::Serialize)]
    struct Row(&'static str, &'static str);

    impl Tabled for Row {
        const COLUMNS: &'static [Column] = &[column("Name"), column("Response Time (ms)")];
        fn cells(&self) -> Vec<Cell> {
            vec![self.0.into(), self.1.into()]
        }
        fn name(&self) -> String {
            self.0.to_owned()
        }
    }

    fn kept(filters: &[&str]) -> Outcome<Vec<&'static str>> {
        let filters: Vec<_> = filters.iter().map(|text| Filter::parse(text).unwrap()).collect();
        let rows = vec![Row("web-1", "1"), Row("web-2", "2"), Row("db", "2")];
        keep(rows, &filters).map(|rows| rows.into_iter().map(|row| row.0).collect())
    }

    #[test]
    fn values_of_a_key_are_alternatives_and_keys_all_hold() {
        assert_eq!(kept(&[]).unwrap(), ["web-1", "web-2", "db"]);
        assert_eq!(kept(&["name=WEB"]).unwrap(), ["web-1", "web-2"]);
        assert_eq!(kept(&["name=web", "response-time=2"]).unwrap(), ["web-2"]);
        assert_eq!(kept(&["name=web-1", "name=db"]).unwrap(), ["web-1", "db"]);
        assert!(kept(&["size=1"]).unwrap_err().hint.contains("name, response-time"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert!(text.contains('=') && !filter.key.is_empty());
            }
        }
    }
}
