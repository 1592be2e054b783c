//! The filter and order of the table of containers as the query of its address, so that any view can be sent.
use shipyard_model::page::{ContainerQuery, SortKey, StateGroup};

/// Words of the orders, as addresses write them.
pub const SORTS: [(&str, SortKey); 8] = [
    ("name", SortKey::Name),
    ("state", SortKey::State),
    ("image", SortKey::Image),
    ("engine", SortKey::Engine),
    ("stack", SortKey::Stack),
    ("cpu", SortKey::Cpu),
    ("memory", SortKey::Memory),
    ("created", SortKey::Created),
];

/// Words of the groups of states, as addresses write them.
pub const STATES: [(&str, StateGroup); 4] = [
    ("running", StateGroup::Running),
    ("stopped", StateGroup::Stopped),
    ("paused", StateGroup::Paused),
    ("unhealthy", StateGroup::Unhealthy),
];

/// Rows that the table holds at first. The server sends as many with the page.
pub const WINDOW: u32 = 100;

/// Reads an address's query from its decoded pairs. What is not understood is passed over: an old link still opens.
pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> ContainerQuery {
    let mut query = ContainerQuery {
        limit: WINDOW,
        ..ContainerQuery::default()
    };
    for (key, value) in pairs {
        match key {
            "q" => query.text = value.to_owned(),
            "state" => query
                .states
                .extend(STATES.iter().find(|(word, _)| *word == value).map(|(_, s)| *s)),
            "engine" => query.engines.push(value.to_owned()),
            "stack" => query.stacks.push(value.to_owned()),
            "label" => query.labels.push(value.to_owned()),
            "sort" => {
                query.sort = SORTS
                    .iter()
                    .find(|(word, _)| *word == value)
                    .map_or(query.sort, |(_, s)| *s)
            }
            "desc" => query.descending = value == "1",
            _ => {}
        }
    }
    query
}

/// The address of a query: the path with what differs from the plain table.
pub fn address(query: &ContainerQuery) -> String {
    let mut out = String::from("/containers");
    let mut add = |key: &str, value: &str| {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(key);
        out.push('=');
        out.push_str(&encode(value));
    };
    if !query.text.is_empty() {
        add("q", &query.text);
    }
    for state in &query.states {
        add(
            "state",
            STATES.iter().find(|(_, s)| s == state).map_or("", |(word, _)| word),
        );
    }
    query.engines.iter().for_each(|it| add("engine", it));
    query.stacks.iter().for_each(|it| add("stack", it));
    query.labels.iter().for_each(|it| add("label", it));
    if query.sort != SortKey::default() {
        add(
            "sort",
            SORTS
                .iter()
                .find(|(_, s)| *s == query.sort)
                .map_or("", |(word, _)| word),
        );
    }
    if query.descending {
        add("desc", "1");
    }
    out
}

/// A text as part of an address.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(half), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

/// Whether anything is filtered.
pub fn filters(query: &ContainerQuery) -> bool {
    !(query.text.is_empty()
        && query.states.is_empty()
        && query.engines.is_empty()
        && query.stacks.is_empty()
        && query.labels.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_address() {
        let query = ContainerQuery {
            text: "a&b=ü c".into(),
            states: vec![StateGroup::Running, StateGroup::Unhealthy],
            engines: vec!["node1".into(), "node2".into()],
            stacks: vec!["shop".into()],
            labels: vec!["zone=a".into()],
            sort: SortKey::Cpu,
            descending: true,
            offset: 0,
            limit: WINDOW,
        };
        let address = address(&query);
        assert_eq!(
            address,
            "/containers?q=a%26b%3D%C3%BC%20c&state=running&state=unhealthy&engine=node1&engine=node2&stack=shop&label=zone%3Da&sort=cpu&desc=1"
        );
        let pairs = [
            ("q", "a&b=ü c"),
            ("state", "running"),
            ("state", "unhealthy"),
            ("engine", "node1"),
            ("engine", "node2"),
            ("stack", "shop"),
            ("label", "zone=a"),
            ("sort", "cpu"),
            ("desc", "1"),
            ("from", "500"),
            ("new", "x"),
            ("state", "odd"),
        ];
        assert_eq!(read(pairs), query);
    }

    #[test]
    fn the_plain_table_has_a_plain_address() {
        assert_eq!(address(&ContainerQuery::default()), "/containers");
        assert!(!filters(&ContainerQuery::default()));
    }
}
