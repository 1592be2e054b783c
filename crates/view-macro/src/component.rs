//! A component's tag: a call of Leptos's builder for its properties.
use crate::template;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use rstml::node::{Infallible, KeyedAttributeValue, NodeAttribute, NodeElement, NodeName};
use syn::{Error, Ident, Result};

/// Whether a tag is a component: the last word of its path has a capital.
pub(crate) fn is_component(name: &NodeName) -> bool {
    let NodeName::Path(path) = name else { return false };
    let last = path.path.segments.last().map(|segment| segment.ident.to_string());
    last.is_some_and(|last| last.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The call, which gives the component's view.
pub(crate) fn call(node: &NodeElement<Infallible>) -> Result<TokenStream> {
    let name = node.name();
    let mut properties = Vec::new();
    let mut bound = Vec::new();
    for attribute in node.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(Error::new_spanned(attribute, "a component takes `name=value`"));
        };
        let key = attribute.key.to_string();
        if let Some(name) = key.strip_prefix("let:") {
            let name = Ident::new(name, Span::call_site());
            bound.push(quote!(#name));
            continue;
        }
        if let KeyedAttributeValue::Binding(binding) = &attribute.possible_value {
            let inputs = &binding.inputs;
            bound.push(quote!(#inputs));
            continue;
        }
        let NodeName::Path(property) = &attribute.key else {
            return Err(Error::new_spanned(&attribute.key, "a component has no such property"));
        };
        let value = match attribute.value() {
            Some(value) => quote!(#value),
            None => quote!(#property),
        };
        properties.push(quote!(.#property(#[allow(unused_braces)] { #value })));
    }
    let children = if node.children.is_empty() {
        None
    } else {
        let view = template::view(&node.children)?;
        Some(if bound.is_empty() {
            quote!(.children(::leptos::children::ToChildren::to_children(move || #view)))
        } else {
            quote!(.children(move |#(#bound),*| #view))
        })
    };
    Ok(quote! {
        ::leptos::component::component_view(
            #[allow(clippy::needless_borrows_for_generic_args)] &#name,
            ::leptos::component::component_props_builder(&#name) #(#properties)* #children .build()
        )
    })
}
