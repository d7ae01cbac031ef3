//! Meta-data: the two tables as XML (OCF 1.1, ra-api-1.dtd) that every consumer takes.
//!
//! No encoding in the declaration (crmsh breaks), an internal subset that declares what the old DTD
//! does not know (`unique-group`, `reloadable`, any action name), English only.

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::action::OPERATIONS;
use super::parameters::{AGENT, PARAMETERS, Parameter};

const HEAD: &str = r#"<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd" [
<!ATTLIST parameter unique-group CDATA #IMPLIED reloadable CDATA #IMPLIED>
<!ATTLIST action name CDATA #REQUIRED>
]>
"#;

/// The meta-data of the agent.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn xml() -> std::io::Result<String> {
    let mut writer = Writer::new_with_indent(HEAD.as_bytes().to_vec(), b' ', 2);
    let agent = [("name", "postfix"), ("version", env!("CARGO_PKG_VERSION"))];
    writer.create_element("resource-agent").with_attributes(agent).write_inner_content(|w| {
        text(w, "version", &[], "1.1")?;
        describe(w, AGENT)?;
        w.create_element("parameters").write_inner_content(|w| PARAMETERS.iter().try_for_each(|p| parameter(w, p)))?;
        w.create_element("actions").write_inner_content(|w| {
            for operation in OPERATIONS {
                let seconds = |n: u64| format!("{n}s");
                let mut attributes = vec![("name", operation.action.name().to_owned()), ("timeout", seconds(operation.timeout))];
                attributes.extend(operation.interval.map(|n| ("interval", seconds(n))));
                attributes.extend(operation.depth.map(|n| ("depth", n.to_string())));
                w.create_element("action").with_attributes(attributes.iter().map(|(n, v)| (*n, v.as_str()))).write_empty()?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned() + "\n")
}

type Out = Writer<Vec<u8>>;

fn text(w: &mut Out, name: &str, attributes: &[(&str, &str)], words: &str) -> std::io::Result<()> {
    w.create_element(name).with_attributes(attributes.iter().copied()).write_text_content(BytesText::new(words)).map(drop)
}

fn describe(w: &mut Out, [short, long]: [&str; 2]) -> std::io::Result<()> {
    text(w, "longdesc", &[("lang", "en")], long)?;
    text(w, "shortdesc", &[("lang", "en")], short)
}

fn parameter(w: &mut Out, p: &Parameter) -> std::io::Result<()> {
    let flag = |on: bool| if on { "1" } else { "0" };
    let mut attributes =
        vec![("name", p.name), ("required", "0"), ("unique", flag(p.unique)), ("reloadable", flag(p.reloadable))];
    // pcs reads the group, crmsh the older flag.
    attributes.extend(p.unique.then_some(("unique-group", p.name)));
    w.create_element("parameter").with_attributes(attributes).write_inner_content(|w| {
        describe(w, [p.short, p.long])?;
        let mut content = vec![("type", p.kind.ocf_type())];
        content.extend(p.default.map(|d| ("default", d)));
        w.create_element("content").with_attributes(content).write_empty().map(drop)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_document_without_an_encoding() {
        let xml = xml().unwrap();
        assert!(xml.starts_with("<?xml version=\"1.0\"?>\n<!DOCTYPE") && xml.ends_with("</resource-agent>\n"));
        let mut reader = quick_xml::Reader::from_str(&xml);
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
    }
}
