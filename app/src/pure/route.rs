//! Which page an address is for.

/// The pages, named like their modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`
    Fleet,
    /// `/containers`
    Containers,
    /// `/containers/ENGINE/NAME`, and with `/TAB`.
    Container,
    /// `/containers/ENGINE/NAME/edit`
    EditContainer,
    /// `/deploy`
    Deploy,
    /// `/engines`
    Engines,
    /// `/engines/add`
    AddEngine,
    /// `/engines/add/node`
    PrepareNode,
    /// `/engines/NAME`
    Engine,
    /// `/engines/NAME/edit`
    EditEngine,
    /// `/operations`
    Operations,
    /// `/operations/ID`
    Operation,
    /// `/activity`
    Activity,
    /// `/access`, and with `/TAB`.
    Access,
    /// `/doctor`
    Doctor,
    /// `/settings`
    Settings,
    /// Any other.
    NotFound,
}

/// What an address names on its way, as it is written there: `("engine", "node1")`.
pub type Names<'a> = Vec<(&'static str, &'a str)>;

/// The page of a path, and what the path names.
pub fn find(path: &str) -> (Page, Names<'_>) {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match *parts.as_slice() {
        [] => (Page::Fleet, vec![]),
        ["containers"] => (Page::Containers, vec![]),
        ["containers", engine, name] => (Page::Container, vec![("engine", engine), ("name", name)]),
        ["containers", engine, name, "edit"] => (Page::EditContainer, vec![("engine", engine), ("name", name)]),
        ["containers", engine, name, tab] => (Page::Container, vec![("engine", engine), ("name", name), ("tab", tab)]),
        ["deploy"] => (Page::Deploy, vec![]),
        ["engines"] => (Page::Engines, vec![]),
        ["engines", "add"] => (Page::AddEngine, vec![]),
        ["engines", "add", "node"] => (Page::PrepareNode, vec![]),
        ["engines", name] => (Page::Engine, vec![("name", name)]),
        ["engines", name, "edit"] => (Page::EditEngine, vec![("name", name)]),
        ["operations"] => (Page::Operations, vec![]),
        ["operations", id] => (Page::Operation, vec![("id", id)]),
        ["activity"] => (Page::Activity, vec![]),
        ["access"] => (Page::Access, vec![]),
        ["access", tab @ ("roles" | "pools" | "tokens")] => (Page::Access, vec![("tab", tab)]),
        ["doctor"] => (Page::Doctor, vec![]),
        ["settings"] => (Page::Settings, vec![]),
        _ => (Page::NotFound, vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_their_page() {
        assert_eq!(find("/"), (Page::Fleet, vec![]));
        assert_eq!(find("/engines/add").0, Page::AddEngine);
        assert_eq!(find("/engines/add/node").0, Page::PrepareNode);
        assert_eq!(find("/engines/node1"), (Page::Engine, vec![("name", "node1")]));
        assert_eq!(find("/engines/node1/").0, Page::Engine);
        assert_eq!(find("/engines/node1/edit").0, Page::EditEngine);
        let names = vec![("engine", "a"), ("name", "b"), ("tab", "logs")];
        assert_eq!(find("/containers/a/b/logs"), (Page::Container, names));
        assert_eq!(find("/containers/a/b/edit").0, Page::EditContainer);
        assert_eq!(find("/access/pools"), (Page::Access, vec![("tab", "pools")]));
        for path in [
            "/nowhere",
            "/access/nowhere",
            "/engines/a/b",
            "/containers/a",
            "/containers/a/b/c/d",
        ] {
            assert_eq!(find(path).0, Page::NotFound, "{path}");
        }
    }
}
