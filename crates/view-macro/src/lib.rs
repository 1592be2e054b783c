//! The `view!` macro of the app: Leptos's syntax, compiled to a template and its holes.
//!
//! Leptos makes code for each element and attribute. Here what never changes, which is most of it, becomes one text that
//! is read once (see `template.rs`); code is made only for the *holes*: values, parts of the view, components and handlers.
//! The other half is `app/src/lean/dom.rs`, which reads the text and fills the holes.
mod component;
mod template;
mod texts;

use proc_macro2::TokenStream;
use rstml::{Parser, ParserConfig};

/// Makes a view from HTML with Rust in it.
#[proc_macro]
pub fn view(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

/// A component as Leptos's, whose view is left as it is: Leptos would put it in another box, for it takes all kinds of views.
#[proc_macro_attribute]
pub fn component(arguments: proc_macro::TokenStream, function: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let function: TokenStream = function.into();
    if !arguments.is_empty() {
        let arguments: TokenStream = arguments.into();
        return quote::quote!(#[::leptos::prelude::component(#arguments)] #function).into();
    }
    // The body is what comes last.
    let mut function: Vec<_> = function.into_iter().collect();
    let body = function.pop();
    quote::quote! {
        #[::leptos::prelude::component(transparent)]
        #(#function)* {
            // What a component reads as it is made is no reason to make it anew.
            ::leptos::reactive::graph::untrack_with_diagnostics(move || #body)
        }
    }
    .into()
}

/// The place of a text of the interface in its table.
#[proc_macro]
pub fn place(key: proc_macro::TokenStream) -> proc_macro::TokenStream {
    checked(texts::number(key.into()))
}

/// The places of a text that counts: for one, and for many.
#[proc_macro]
pub fn places(key: proc_macro::TokenStream) -> proc_macro::TokenStream {
    checked(texts::numbers(key.into()))
}

/// How many texts the table has.
#[proc_macro]
pub fn count(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    texts::count().into()
}

fn checked(code: syn::Result<TokenStream>) -> proc_macro::TokenStream {
    code.unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    let parser = Parser::new(ParserConfig::default().recover_block(true));
    let (nodes, errors) = parser.parse_recoverable(input).split_vec();
    let errors = errors.into_iter().map(|error| error.emit_as_expr_tokens());
    match template::view(&nodes) {
        Ok(view) => quote::quote! {{ #(#errors;)* #view }},
        Err(error) => error.to_compile_error(),
    }
}
