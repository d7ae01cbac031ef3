//! A small XML tree that keeps what it does not know: attributes in their order, comments, text.
//!
//! For documents of Pacemaker, which are elements with attributes. What stands between elements is kept
//! as it was written.

use std::fmt;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::text::{self, Text};

/// Deeper than any CIB; a document that is deeper is not one.
const DEPTH: usize = 100;

/// An element. Attribute values are plain text, not markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub nodes: Vec<Node>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    /// Text, a comment and the like, as written.
    Raw(String),
}

impl Element {
    /// `<name id="…"/>`
    pub fn new(name: &str, attributes: &[(&str, &str)]) -> Element {
        let attributes = attributes.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Element { name: name.to_owned(), attributes, nodes: Vec::new() }
    }

    /// With one more element in it.
    pub fn with(mut self, child: Element) -> Element {
        self.push(child);
        self
    }

    /// Adds an element at the end.
    pub fn push(&mut self, child: Element) {
        self.nodes.push(Node::Element(child));
    }

    /// The root element of a document.
    pub fn parse(text: &str) -> Result<Element, Text> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut open = vec![Element::default()];
        loop {
            let event = reader.read_event().map_err(text::this_is_not_xml)?;
            let position = reader.buffer_position();
            let node = match event {
                Event::Eof => break,
                Event::Decl(_) | Event::DocType(_) => continue,
                Event::Start(tag) => {
                    if open.len() > DEPTH {
                        return Err(text::this_is_not_xml(text::too_many_elements_inside_each_other(DEPTH)));
                    }
                    open.push(element(&tag)?);
                    continue;
                }
                Event::Empty(tag) => Node::Element(element(&tag)?),
                Event::End(_) => match open.pop() {
                    Some(done) if !open.is_empty() => Node::Element(done),
                    _ => return Err(text::this_is_not_xml(text::end_without_a_beginning(position))),
                },
                Event::Text(t) => Node::Raw(String::from_utf8_lossy(&t).into_owned()),
                Event::GeneralRef(t) => Node::Raw(format!("&{};", String::from_utf8_lossy(&t))),
                Event::Comment(t) => Node::Raw(format!("<!--{}-->", String::from_utf8_lossy(&t))),
                Event::CData(t) => Node::Raw(format!("<![CDATA[{}]]>", String::from_utf8_lossy(&t))),
                Event::PI(t) => Node::Raw(format!("<?{}?>", String::from_utf8_lossy(&t))),
            };
            if let Some(parent) = open.last_mut() {
                parent.nodes.push(node);
            }
        }
        if open.len() != 1 {
            return Err(text::this_is_not_xml(text::it_ends_too_early()));
        }
        let mut roots = open.remove(0).nodes.into_iter().filter_map(Node::into_element);
        match (roots.next(), roots.next()) {
            (Some(root), None) => Ok(root),
            _ => Err(text::this_is_not_xml(text::not_one_root_element())),
        }
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The value of an attribute; empty when it has none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The id; empty when it has none.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// The text in it.
    pub fn content(&self) -> String {
        let text: String =
            self.nodes.iter().filter_map(|n| if let Node::Raw(text) = n { Some(text.as_str()) } else { None }).collect();
        unescape(&text).map_or(text.clone(), |plain| plain.into_owned()).trim().to_owned()
    }

    /// Sets an attribute, in its place or at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The elements in it.
    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|n| if let Node::Element(e) = n { Some(e) } else { None })
    }

    /// As `children`, to be changed.
    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.nodes.iter_mut().filter_map(|n| if let Node::Element(e) = n { Some(e) } else { None })
    }

    /// The elements in it with that name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children().filter(move |e| e.name == name)
    }

    /// The element at a path of names; the first of each name.
    pub fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |e, name| e.children().find(|c| c.name == *name))
    }

    /// As `at`, to be changed.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Element> {
        path.iter().try_fold(self, |e, name| e.children_mut().find(|c| c.name == *name))
    }

    /// It and every element below it.
    pub fn all(&self) -> Vec<&Element> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(element) = found.get(next).copied() {
            found.extend(element.children());
            next += 1;
        }
        found
    }

    /// The first element below it that fits, to be changed.
    pub fn find_mut(&mut self, fits: &dyn Fn(&Element) -> bool) -> Option<&mut Element> {
        self.children_mut().find_map(|child| if fits(child) { Some(child) } else { child.find_mut(fits) })
    }

    /// Removes every element below it that fits; how many those were.
    pub fn remove(&mut self, fits: &dyn Fn(&Element) -> bool) -> usize {
        let before = self.nodes.len();
        self.nodes.retain(|n| !matches!(n, Node::Element(e) if fits(e)));
        let removed = before - self.nodes.len();
        removed + self.children_mut().map(|child| child.remove(fits)).sum::<usize>()
    }

    /// As a document for people: an element a line.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    fn write(&self, out: &mut String, indent: Option<usize>) {
        let line = |out: &mut String, depth: usize| {
            if indent.is_some() {
                if !out.is_empty() {
                    out.push('\n');
                }
                out.push_str(&"  ".repeat(depth));
            }
        };
        let depth = indent.unwrap_or(0);
        line(out, depth);
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            // A parser would read these as blanks.
            let value = escape(value).replace('\n', "&#10;").replace('\t', "&#9;").replace('\r', "&#13;");
            out.push_str(&format!(" {name}=\"{value}\""));
        }
        let blank = |n: &Node| matches!(n, Node::Raw(text) if text.trim().is_empty());
        if self.nodes.iter().all(blank) {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for node in &self.nodes {
            match node {
                Node::Element(e) => e.write(out, indent.map(|d| d + 1)),
                node if indent.is_some() && blank(node) => {}
                Node::Raw(text) => out.push_str(text),
            }
        }
        line(out, depth);
        out.push_str(&format!("</{}>", self.name));
    }
}

/// As a document for programs.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, None);
        f.write_str(&out)
    }
}

impl Node {
    fn into_element(self) -> Option<Element> {
        if let Node::Element(e) = self { Some(e) } else { None }
    }
}

/// A name of an element or attribute. The reader takes anything, and what it took could then be written and not read again.
fn name(bytes: &[u8]) -> Result<String, Text> {
    let name = String::from_utf8_lossy(bytes).into_owned();
    let may_begin = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let may_follow = |c: char| may_begin(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    if name.chars().next().is_some_and(may_begin) && name.chars().all(may_follow) {
        return Ok(name);
    }
    Err(text::this_is_not_xml(text::is_no_name(name)))
}

fn element(tag: &BytesStart<'_>) -> Result<Element, Text> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut element = Element { name: name(tag.name().as_ref())?, ..Element::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(text::this_is_not_xml)?;
        let written = text(&attribute.value);
        let value = unescape(&written).map_err(text::this_is_not_xml)?.into_owned();
        element.attributes.push((name(attribute.key.as_ref())?, value));
    }
    Ok(element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_known_is_kept() {
        let text = "<cib a=\"1\" b='&lt;&quot;&#10;'><!-- by hand --><x y=\"2\"/>words &amp; more<![CDATA[<]]><z><q/></z></cib>";
        let tree = Element::parse(text).unwrap();
        assert_eq!(tree.get("b"), Some("<\"\n"));
        let written = tree.to_string();
        assert_eq!(Element::parse(&written).unwrap(), tree);
        for kept in ["<!-- by hand -->", "words &amp; more", "<![CDATA[<]]>", "b=\"&lt;&quot;&#10;\""] {
            assert!(written.contains(kept), "{written}");
        }
    }

    #[test]
    fn what_is_half_written_is_refused() {
        for text in [
            "", "<a>", "</a>", "<a></b>", "<a/><b/>", "words", "<></>", "<1/>", "<a =\"1\"/>", "<a b=\"&nonsense;\"/>",
            "<a b=1/>", "<a b=\"1\" b=\"2\"/>",
        ] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
        assert!(Element::parse(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn elements_are_found_changed_and_removed() {
        let mut tree = Element::parse("<a><b id=\"1\"/><c><b id=\"2\"/></c></a>").unwrap();
        tree.find_mut(&|e| e.id() == "2").unwrap().set("id", "3");
        assert_eq!(tree.all().iter().map(|e| e.id()).collect::<Vec<_>>(), ["", "1", "", "3"]);
        assert_eq!(tree.remove(&|e| e.name == "b"), 2);
        assert_eq!(tree.to_string(), "<a><c/></a>");
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_not_a_panic(text in "[<>/a-c=\"'&; !?\\[\\]-]{0,60}") {
            let _ = Element::parse(&text);
        }

        #[test]
        fn any_value_survives(value in "\\PC*|[\\n\\t\\r<>&\"']*") {
            let tree = Element::new("a", &[("v", &value)]);
            prop_assert_eq!(Element::parse(&tree.to_string()).unwrap(), tree);
        }
    }
}
