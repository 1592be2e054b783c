//! From the tree of a `view!` to the text of its template and the code that fills its holes.
//!
//! The text has a line for each step of making the nodes. Its first character says what the rest is:
//!
//! | line | step |
//! |---|---|
//! | `<div` `/svg` | opens an element of HTML, of SVG |
//! | `>` | closes it |
//! | `@class=row` | an attribute |
//! | `%title=57` | an attribute whose value is a text of the interface, by its place in the table |
//! | `"words` `?57` | text, and a text of the interface |
//! | `:id` `.value` `+chosen` `~width` | hole: an attribute, a property, a class, a style of the open element |
//! | `!click` `*` | hole: a handler of events, a reference to the open element |
//! | `_` | hole: a part of the view |
//! | `#` | a node that is not seen and holds the place of nothing |
use crate::{component, texts};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use rstml::node::{Infallible, KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement};
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Macro, Result, Stmt};

type Tree = Node<Infallible>;

/// Elements of SVG, which a browser makes in another way. `a`, `style`, `title` are those of HTML.
const SVG: [&str; 12] = [
    "svg", "path", "circle", "line", "rect", "g", "use", "text", "polyline", "polygon", "ellipse", "defs",
];

/// What is written of a view.
#[derive(Default)]
struct Template {
    lines: Vec<String>,
    holes: Vec<TokenStream>,
}

/// The code of a view: an `AnyView`.
pub(crate) fn view(nodes: &[Tree]) -> Result<TokenStream> {
    let mut nodes = nodes.iter().filter(|node| !matches!(node, Node::Comment(_)));
    if let (Some(Node::Element(only)), None) = (nodes.clone().next(), nodes.clone().nth(1))
        && component::is_component(only.name())
    {
        let call = component::call(only)?;
        return Ok(quote!(crate::lean::dom::any(#call)));
    }
    let mut template = Template::default();
    nodes.try_for_each(|node| template.node(node))?;
    let Template { lines, holes } = template;
    let text = lines.join("\n");
    let dom = dom();
    let mutable = (!holes.is_empty()).then(|| quote!(mut));
    Ok(quote! {{
        let #mutable #dom = crate::lean::dom::Dom::new(#text);
        #(#holes)*
        #dom.into_view()
    }})
}

/// The variable that is filled; nothing that is written in a page can mean it.
fn dom() -> Ident {
    Ident::new("dom", Span::mixed_site())
}

impl Template {
    fn node(&mut self, node: &Tree) -> Result<()> {
        match node {
            Node::Comment(_) => Ok(()),
            Node::Fragment(fragment) => fragment.children.iter().try_for_each(|child| self.node(child)),
            Node::Element(element) if component::is_component(element.name()) => {
                let call = component::call(element)?;
                self.child(quote!(#call));
                Ok(())
            }
            Node::Element(element) => self.element(element),
            Node::Text(text) => self.line('"', &text.value_string(), &text.value),
            Node::RawText(text) => self.line('"', &text.to_string_best(), text),
            Node::Block(NodeBlock::ValidBlock(block)) => match block.stmts.as_slice() {
                [Stmt::Expr(value, None)] => match text_key(value) {
                    Some(key) => self.text(&key, block),
                    None => {
                        self.child(quote!(#value));
                        Ok(())
                    }
                },
                [Stmt::Macro(call)] if let Some(key) = macro_key(&call.mac) => self.text(&key, block),
                _ => {
                    self.child(quote!(#block));
                    Ok(())
                }
            },
            _ => Err(Error::new_spanned(node, "a view has no such thing")),
        }
    }

    fn child(&mut self, value: TokenStream) {
        let dom = dom();
        self.lines.push("_".to_owned());
        self.holes.push(quote!(#dom.child(#value);));
    }

    fn text(&mut self, key: &LitStr, place: &impl quote::ToTokens) -> Result<()> {
        self.line('?', &texts::place_of(key)?.to_string(), place)
    }

    /// Adds a line. A line feed in a text would end it.
    fn line(&mut self, kind: char, text: &str, place: &impl quote::ToTokens) -> Result<()> {
        if text.contains('\n') {
            return Err(Error::new_spanned(place, "a line feed belongs into a `{}`"));
        }
        match self.lines.last_mut() {
            // The browser would make one node of both as well.
            Some(last) if kind == '"' && last.starts_with('"') => last.push_str(text),
            _ => self.lines.push(format!("{kind}{text}")),
        }
        Ok(())
    }

    fn element(&mut self, element: &NodeElement<Infallible>) -> Result<()> {
        let name = element.name().to_string();
        let kind = if SVG.contains(&name.as_str()) { '/' } else { '<' };
        self.line(kind, &name, element.name())?;
        for attribute in element.attributes() {
            let NodeAttribute::Attribute(attribute) = attribute else {
                return Err(Error::new_spanned(attribute, "an element takes `name=value`"));
            };
            self.attribute(&name, attribute)?;
        }
        element.children.iter().try_for_each(|child| self.node(child))?;
        self.line('>', "", element.name())
    }

    fn attribute(&mut self, element: &str, attribute: &KeyedAttribute) -> Result<()> {
        let key = attribute.key.to_string();
        let dom = dom();
        let Some(value) = attribute.value() else {
            return self.line('@', &format!("{key}="), &attribute.key);
        };
        let (kind, name) = match key.split_once(':') {
            Some(("on", event)) => {
                let (event, handler) = match event.strip_suffix(":target") {
                    Some(event) => {
                        let target = target(element, &attribute.key)?;
                        (
                            event,
                            quote!(crate::lean::dom::on::targeted::<web_sys::#target>(#value)),
                        )
                    }
                    None => (event, quote!(#value)),
                };
                let register = Ident::new(event, Span::call_site());
                self.holes
                    .push(quote!(crate::lean::dom::on::#register(&mut #dom, #handler);));
                return self.line('!', event, &attribute.key);
            }
            Some(("prop", name)) => ('.', name),
            Some(("class", name)) => ('+', name),
            Some(("style", name)) => ('~', name),
            Some(("attr", name)) => (':', name),
            Some(_) => return Err(Error::new_spanned(&attribute.key, "an element has no such attribute")),
            None if key == "node_ref" => {
                self.holes.push(quote!(#dom.node_ref(#value);));
                return self.line('*', "", &attribute.key);
            }
            None => (':', key.as_str()),
        };
        if kind == ':' {
            if let Some(text) = literal(value) {
                return self.line('@', &format!("{name}={text}"), value);
            }
            if let Some(key) = text_key(value) {
                return self.line('%', &format!("{name}={}", texts::place_of(&key)?), value);
            }
        }
        self.holes.push(quote!(#dom.value(#value);));
        self.line(kind, name, &attribute.key)
    }
}

/// The browser's type of an element whose handler asks for it.
fn target(element: &str, place: &impl quote::ToTokens) -> Result<Ident> {
    let name = match element {
        "input" => "HtmlInputElement",
        "select" => "HtmlSelectElement",
        "textarea" => "HtmlTextAreaElement",
        _ => return Err(Error::new_spanned(place, "`:target` is for a field of a form")),
    };
    Ok(Ident::new(name, Span::call_site()))
}

/// The value of an attribute that is there in the source; `true` is an attribute without a value.
fn literal(value: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit, .. }) = value else {
        return None;
    };
    match lit {
        Lit::Str(text) => Some(text.value()),
        Lit::Int(number) => Some(number.base10_digits().to_owned()),
        Lit::Bool(yes) if yes.value => Some(String::new()),
        _ => None,
    }
}

/// The key of `t!("key")`, which is the same text as long as a page lives.
fn text_key(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Macro(call) => macro_key(&call.mac),
        _ => None,
    }
}

fn macro_key(call: &Macro) -> Option<LitStr> {
    if !call.path.is_ident("t") {
        return None;
    }
    call.parse_body().ok()
}

#[cfg(test)]
mod tests;
