//! The filter of the time line as the query of its address, so that any view of it can be sent. Days are days of the
//! reader's calendar, `2026-11-23`; what they are in milliseconds only a browser can tell.
use super::query::encode;
use shipyard_model::activity::ActivityQuery;

/// What the time line is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Text anywhere.
    pub text: String,
    /// An account's name.
    pub account: String,
    /// An action, or its first words.
    pub action: String,
    /// An engine's name.
    pub engine: String,
    /// The first day; empty for all.
    pub from: String,
    /// The last day; empty for all.
    pub to: String,
    /// Only what was refused.
    pub refused: bool,
}

/// Reads an address's query from its decoded pairs. What is not understood is passed over: an old link still opens.
pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Filter {
    let mut filter = Filter::default();
    for (key, value) in pairs {
        match key {
            "q" => filter.text = value.to_owned(),
            "account" => filter.account = value.to_owned(),
            "action" => filter.action = value.to_owned(),
            "engine" => filter.engine = value.to_owned(),
            "from" => filter.from = value.to_owned(),
            "to" => filter.to = value.to_owned(),
            "refused" => filter.refused = value == "1",
            _ => {}
        }
    }
    filter
}

fn with(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(key);
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

fn flag(on: bool) -> &'static str {
    if on { "1" } else { "" }
}

/// The address of a filter.
pub fn address(filter: &Filter) -> String {
    with(
        "/activity",
        &[
            ("q", &filter.text),
            ("account", &filter.account),
            ("action", &filter.action),
            ("engine", &filter.engine),
            ("from", &filter.from),
            ("to", &filter.to),
            ("refused", flag(filter.refused)),
        ],
    )
}

/// The address of a file with all that a query asks for.
pub fn export(query: &ActivityQuery, format: &str) -> String {
    let moment = |at: Option<shipyard_model::Millis>| at.map(|at| at.0.to_string()).unwrap_or_default();
    with(
        "/activity/export",
        &[
            ("format", format),
            ("q", &query.text),
            ("account", &query.account),
            ("action", &query.action),
            ("engine", &query.engine),
            ("from", &moment(query.from)),
            ("to", &moment(query.to)),
            ("refused", flag(query.refused)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Millis;

    #[test]
    fn a_filter_survives_its_address() {
        let filter = Filter {
            text: "a&b ü".into(),
            account: "ann".into(),
            action: "container.stop".into(),
            engine: "node1".into(),
            from: "2026-11-01".into(),
            to: "2026-11-23".into(),
            refused: true,
        };
        assert_eq!(
            address(&filter),
            "/activity?q=a%26b%20%C3%BC&account=ann&action=container.stop&engine=node1&from=2026-11-01&to=2026-11-23&refused=1"
        );
        let pairs = [
            ("q", "a&b ü"),
            ("account", "ann"),
            ("action", "container.stop"),
            ("engine", "node1"),
            ("from", "2026-11-01"),
            ("to", "2026-11-23"),
            ("refused", "1"),
            ("odd", "x"),
        ];
        assert_eq!(read(pairs), filter);
        assert_eq!(address(&Filter::default()), "/activity");
    }

    #[test]
    fn a_file_has_what_the_page_shows() {
        let query = ActivityQuery {
            text: "x y".into(),
            from: Some(Millis(5)),
            ..ActivityQuery::default()
        };
        assert_eq!(export(&query, "csv"), "/activity/export?format=csv&q=x%20y&from=5");
    }
}
