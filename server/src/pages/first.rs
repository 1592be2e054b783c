//! Which view a page shows first, by its address, so that the shell can carry its data.
use http::Uri;
use shipyard_app::pure::query;
use shipyard_model::OperationId;
use shipyard_model::live::View;
use shipyard_model::page::FleetGroup;
use std::borrow::Cow;

/// The view; `None` for pages without one and for addresses that no page has.
pub(super) fn view(uri: &Uri) -> Option<View> {
    let parts: Vec<Cow<'_, str>> = uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(decode)
        .collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
    let pairs = || pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref()));
    match parts.as_slice() {
        [] => Some(View::Fleet { group: group(pairs()) }),
        ["containers"] => Some(View::Containers {
            query: query::read(pairs()),
        }),
        ["containers", engine, name] | ["containers", engine, name, _] => Some(View::Container {
            engine: (*engine).to_owned(),
            name: (*name).to_owned(),
        }),
        ["engines" | "deploy"] | ["engines", _] | ["engines", _, "edit"] => Some(View::Engines),
        ["operations"] => Some(View::Operations),
        ["operations", id] => Some(View::Operation {
            id: OperationId::new(*id),
        }),
        _ => None,
    }
}

/// Whether the app has a page at this address.
pub(super) fn is_page(uri: &Uri) -> bool {
    const WITHOUT_VIEW: [&str; 8] = [
        "/activity",
        "/doctor",
        "/engines/add/node",
        "/settings",
        "/access",
        "/access/roles",
        "/access/pools",
        "/access/tokens",
    ];
    WITHOUT_VIEW.contains(&uri.path()) || view(uri).is_some()
}

fn group<'q>(pairs: impl Iterator<Item = (&'q str, &'q str)>) -> FleetGroup {
    match pairs.filter(|(key, _)| *key == "group").last() {
        Some((_, "stack")) => FleetGroup::Stack,
        Some((_, "label")) => FleetGroup::Label,
        _ => FleetGroup::Engine,
    }
}

/// A part of a path without its percent signs. `+` stays what it is, which it would not in a query.
fn decode(part: &str) -> Cow<'_, str> {
    if !part.contains('%') {
        return Cow::Borrowed(part);
    }
    let query = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(query.as_bytes())
        .next()
        .map_or_else(|| Cow::Owned(String::new()), |(key, _)| Cow::Owned(key.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Option<View> {
        view(&address.parse().unwrap())
    }

    #[test]
    fn each_address_has_its_view() {
        assert_eq!(
            of("/?group=stack"),
            Some(View::Fleet {
                group: FleetGroup::Stack
            })
        );
        let Some(View::Containers { query }) = of("/containers?state=running&q=a%20b") else {
            panic!()
        };
        assert_eq!(
            (query.text.as_str(), query.states.len(), query.limit),
            ("a b", 1, query::WINDOW)
        );
        let container = |engine: &str, name: &str| {
            Some(View::Container {
                engine: engine.into(),
                name: name.into(),
            })
        };
        assert_eq!(of("/containers/node1/web-1/logs"), container("node1", "web-1"));
        assert_eq!(of("/containers/node1/a%2Bb%26c"), container("node1", "a+b&c"));
        assert_eq!(
            (of("/engines/add"), of("/deploy")),
            (Some(View::Engines), Some(View::Engines))
        );
        assert_eq!(
            of("/operations/x"),
            Some(View::Operation {
                id: OperationId::new("x")
            })
        );
        assert_eq!(of("/settings"), None);
        let is_page = |path: &str| is_page(&path.parse().unwrap());
        assert!(is_page("/settings") && is_page("/access") && is_page("/access/pools"));
        assert!(is_page("/engines/add/node"));
        assert!(!is_page("/nowhere") && !is_page("/access/nowhere"));
    }
}
