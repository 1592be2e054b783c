//! Templates: read from the macro's text, once, and copied for each view. `crates/view-macro` says how the text is made.
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{Element, Node};

/// What a hole is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Attribute,
    Property,
    Class,
    Style,
    /// A handler, a reference to the element, or a part of the view: which one says what fills it.
    Other,
}

/// Where a hole is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its node, counted as they stand in the text; none for a part that is not inside an element.
    pub(super) node: Option<usize>,
    pub(super) kind: Kind,
    pub(super) name: &'static str,
}

/// What stands at the top of a view.
#[derive(Clone, Copy)]
pub(super) enum Top {
    /// A node of the template.
    Node,
    /// What fills this hole.
    Hole(usize),
}

/// The nodes of a view as they are before its holes are filled.
pub(super) struct Template {
    fragment: Node,
    pub(super) places: Vec<Place>,
    pub(super) tops: Vec<Top>,
}

thread_local! {
    static READ: RefCell<Vec<(&'static str, Rc<Template>)>> = const { RefCell::new(Vec::new()) };
}

impl Template {
    /// The template of a text, which is read the first time.
    pub(super) fn of(text: &'static str) -> Rc<Self> {
        // By where the text is, which is quicker than to compare it.
        let at = |text: &'static str| (text.as_ptr() as usize, text.len());
        READ.with_borrow_mut(|read| {
            let place = read.partition_point(|(other, _)| at(other) < at(text));
            match read.get(place) {
                Some((same, template)) if at(same) == at(text) => template.clone(),
                _ => {
                    let template = Rc::new(Self::read(text));
                    read.insert(place, (text, template.clone()));
                    template
                }
            }
        })
    }

    fn read(text: &'static str) -> Self {
        let fragment = leptos::prelude::document().create_document_fragment();
        let mut reader = Reader {
            template: Self {
                fragment: fragment.into(),
                places: Vec::new(),
                tops: Vec::new(),
            },
            open: Vec::new(),
            nodes: 0,
        };
        for line in text.split('\n') {
            reader.line(line);
        }
        reader.template
    }

    /// A copy of the nodes, and for each place its node.
    pub(super) fn copy(&self) -> (Option<Node>, Vec<Option<Node>>) {
        let Ok(copy) = self.fragment.clone_node_with_deep(true) else {
            return (None, Vec::new());
        };
        let mut walk = leptos::prelude::document().create_tree_walker(&copy).ok();
        let (mut passed, mut node) = (0, None);
        let mut nodes = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let Some(wanted) = place.node else {
                nodes.push(None);
                continue;
            };
            while passed <= wanted {
                node = walk.as_mut().and_then(|walk| walk.next_node().ok().flatten());
                passed += 1;
            }
            nodes.push(node.clone());
        }
        (Some(copy), nodes)
    }
}

struct Reader {
    template: Template,
    open: Vec<(Element, usize)>,
    nodes: usize,
}

impl Reader {
    fn line(&mut self, line: &'static str) {
        let Some((kind, rest)) = line.split_at_checked(1) else {
            return;
        };
        let document = leptos::prelude::document();
        match kind {
            "<" => self.element(document.create_element(rest).ok()),
            "/" => self.element(
                document
                    .create_element_ns(Some("http://www.w3.org/2000/svg"), rest)
                    .ok(),
            ),
            ">" => {
                self.open.pop();
            }
            "@" | "%" => {
                if let (Some((name, value)), Some((element, _))) = (rest.split_once('='), self.open.last()) {
                    let value = if kind == "%" { text(value) } else { value };
                    let _ = element.set_attribute(name, value);
                }
            }
            "\"" => self.node(&document.create_text_node(rest)),
            "?" => self.node(&document.create_text_node(text(rest))),
            "#" => self.node(&document.create_comment("")),
            "_" => self.part(),
            ":" => self.hole(Kind::Attribute, rest),
            "." => self.hole(Kind::Property, rest),
            "+" => self.hole(Kind::Class, rest),
            "~" => self.hole(Kind::Style, rest),
            _ => self.hole(Kind::Other, rest),
        }
    }

    fn element(&mut self, element: Option<Element>) {
        if let Some(element) = element {
            self.node(&element);
            self.open.push((element, self.nodes - 1));
        }
    }

    fn node(&mut self, node: &Node) {
        let _ = match self.open.last() {
            Some((parent, _)) => parent.append_child(node),
            None => {
                self.template.tops.push(Top::Node);
                self.template.fragment.append_child(node)
            }
        };
        self.nodes += 1;
    }

    fn part(&mut self) {
        let mut node = None;
        if self.open.is_empty() {
            self.template.tops.push(Top::Hole(self.template.places.len()));
        } else {
            node = Some(self.nodes);
            self.node(&leptos::prelude::document().create_comment(""));
        }
        self.template.places.push(Place {
            node,
            kind: Kind::Other,
            name: "",
        });
    }

    fn hole(&mut self, kind: Kind, name: &'static str) {
        self.template.places.push(Place {
            node: self.open.last().map(|(_, node)| *node),
            kind,
            name,
        });
    }
}

/// The text of the interface at a place that stands in a template.
fn text(place: &str) -> &'static str {
    crate::text::at(place.parse().unwrap_or(usize::MAX))
}
