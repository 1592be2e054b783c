//! What a template says, and which holes it has: pages are only as right as these lines.
use super::Template;
use crate::texts;
use proc_macro2::TokenStream;
use rstml::{Parser, ParserConfig};

fn template(source: &str) -> syn::Result<(String, Vec<String>)> {
    let tokens: TokenStream = source.parse()?;
    let (nodes, errors) = Parser::new(ParserConfig::default())
        .parse_recoverable(tokens)
        .split_vec();
    assert!(errors.is_empty(), "{source}");
    let mut template = Template::default();
    nodes.iter().try_for_each(|node| template.node(node))?;
    let holes = template.holes.iter().map(|hole| hole.to_string().replace(' ', ""));
    Ok((template.lines.join("\n"), holes.collect()))
}

fn lines(source: &str) -> String {
    template(source).map_or_else(|error| error.to_string(), |(lines, _)| lines)
}

fn holes(source: &str) -> Vec<String> {
    template(source).map_or_else(|error| vec![error.to_string()], |(_, holes)| holes)
}

#[test]
fn what_never_changes_is_text_and_has_no_code() {
    let source = r#"<p class="note" id=7 hidden>"one" " two"<b>{t!("nav.fleet")}</b></p>"#;
    let text = texts::place("nav.fleet").unwrap();
    assert_eq!(
        lines(source),
        format!("<p\n@class=note\n@id=7\n@hidden=\n\"one two\n<b\n?{text}\n>\n>")
    );
    assert!(holes(source).is_empty());
}

#[test]
fn holes_come_in_the_order_of_their_lines() {
    let source =
        r#"<a href=to class:here=on prop:value=v style:width=w node_ref=r on:click=go title=t!("nav.fleet")>{x}</a>"#;
    let text = texts::place("nav.fleet").unwrap();
    assert_eq!(
        lines(source),
        format!("<a\n:href\n+here\n.value\n~width\n*\n!click\n%title={text}\n_\n>")
    );
    let filled = [
        "dom.value(to);",
        "dom.value(on);",
        "dom.value(v);",
        "dom.value(w);",
        "dom.node_ref(r);",
    ];
    let made = holes(source);
    assert_eq!(made.get(..5).unwrap_or_default(), filled);
    assert_eq!(
        made.get(5..).unwrap_or_default(),
        ["crate::lean::dom::on::click(&mutdom,go);", "dom.child(x);"]
    );
}

#[test]
fn a_text_with_values_is_a_hole() {
    assert_eq!(
        lines(r#"<p title=t!("a", n = 1)>{t!("b", n = 2)}</p>"#),
        "<p\n:title\n_\n>"
    );
}

#[test]
fn elements_of_svg_are_told_apart() {
    assert_eq!(lines(r#"<svg><use href=x /></svg>"#), "/svg\n/use\n:href\n>\n>");
}

#[test]
fn no_character_of_a_text_is_special() {
    assert_eq!(
        lines(r#"<p title="<b>&amp;\"">"<script>"</p>"#),
        "<p\n@title=<b>&amp;\"\n\"<script>\n>"
    );
}

#[test]
fn a_line_feed_would_be_a_line_of_its_own() {
    assert_eq!(lines("<p>\"one\\ntwo\"</p>"), "a line feed belongs into a `{}`");
    assert_eq!(lines("<p title=\"one\\n>\"></p>"), "a line feed belongs into a `{}`");
}

#[test]
fn what_is_not_known_is_refused() {
    assert_eq!(lines("<p use:x=y></p>"), "an element has no such attribute");
    assert_eq!(lines("<p {..x}></p>"), "an element takes `name=value`");
    assert_eq!(lines("<p on:click:target=y></p>"), "`:target` is for a field of a form");
    assert_eq!(lines(r#"<p>{t!("no.such")}</p>"#), "app/locales has no such text");
    assert_eq!(lines(r#"<p title=t!("no.such")></p>"#), "app/locales has no such text");
}
