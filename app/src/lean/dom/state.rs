//! A view on the page, and how it takes part in Leptos's own views.
use super::AnyView;
use super::hole::Filled;
use super::template::{Template, Top};
use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::{AddAnyAttr, Mountable, Render, RenderHtml};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// A view on the page.
pub struct State {
    template: &'static str,
    filled: Vec<Filled>,
    tops: Vec<Part>,
}

/// What stands at the top: a node, or what fills a hole.
enum Part {
    Node(Node),
    Hole(usize),
}

impl Render for AnyView {
    type State = State;

    fn build(self) -> State {
        let template = Template::of(self.0.template);
        let (copy, nodes) = template.copy();
        let mut next = copy.as_ref().and_then(Node::first_child);
        let mut tops = Vec::with_capacity(template.tops.len());
        for top in &template.tops {
            match top {
                Top::Hole(hole) => tops.push(Part::Hole(*hole)),
                Top::Node => {
                    if let Some(node) = next {
                        next = node.next_sibling();
                        tops.push(Part::Node(node));
                    } else {
                        break;
                    }
                }
            }
        }
        let holes = self.0.holes.into_iter().zip(&template.places).zip(nodes);
        let filled = holes
            .map(|((hole, place), node)| Filled::new(hole, place.kind, place.name, node))
            .collect();
        State {
            template: self.0.template,
            filled,
            tops,
        }
    }

    fn rebuild(self, state: &mut State) {
        if std::ptr::eq(self.0.template, state.template) {
            for (filled, hole) in state.filled.iter_mut().zip(self.0.holes) {
                filled.update(hole);
            }
        } else {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
        }
    }
}

impl Mountable for State {
    fn unmount(&mut self) {
        for top in &self.tops {
            match top {
                Part::Node(node) => remove(node),
                Part::Hole(hole) => {
                    if let Some(Filled::Child(child)) = self.filled.get_mut(*hole) {
                        child.unmount();
                    }
                }
            }
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        for top in &self.tops {
            match top {
                Part::Node(node) => {
                    let _ = parent.insert_before(node, marker);
                }
                Part::Hole(hole) => {
                    if let Some(Filled::Child(child)) = self.filled.get_mut(*hole) {
                        child.mount(parent, marker);
                    }
                }
            }
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.tops.iter().any(|top| match top {
            Part::Node(node) => insert_before(node, child),
            Part::Hole(hole) => match self.filled.get(*hole) {
                Some(Filled::Child(mounted)) => mounted.insert_before_this(child),
                _ => false,
            },
        })
    }

    fn elements(&self) -> Vec<Element> {
        let mut all = Vec::new();
        for top in &self.tops {
            match top {
                Part::Node(node) => all.extend(node.dyn_ref().cloned()),
                Part::Hole(hole) => {
                    if let Some(Filled::Child(mounted)) = self.filled.get(*hole) {
                        all.extend(mounted.elements());
                    }
                }
            }
        }
        all
    }
}

/// Takes a node off the page.
pub(super) fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}

/// Puts a part of a view before a node that is on the page.
pub(super) fn insert_before(node: &Node, child: &mut dyn Mountable) -> bool {
    let parent = node.parent_node();
    if let Some(parent) = &parent {
        child.mount(parent.unchecked_ref(), Some(node));
    }
    parent.is_some()
}

impl AddAnyAttr for AnyView {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _: A) -> Self {
        self
    }
}

/// Leptos asks it of every view; what is about HTML of a server is never called in a browser.
impl RenderHtml for AnyView {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
