//! Telling Pacemaker that a resource has failed, without waiting for its next monitor (crm_resource(8), --fail).

use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::system::command::{Command, CommandError};
use crate::system::deadline::Deadline;

/// How long each question may take; it takes 10 to 30 ms.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reports `resource` as failed on `node`; false when the cluster does not have it there, or leaves it to people now
/// (maintenance, unmanaged): a failure would be held against it later.
///
/// # Errors
/// When the cluster does not answer.
pub fn report(resource: &str, node: &str) -> Result<bool, CommandError> {
    let ask = |program: &str, arguments: &[&str]| Command::new(program).args(arguments).output(Deadline::after(PATIENCE));
    let status = ask("/usr/sbin/crm_mon", &["-1", "--output-as=xml"])?;
    if !is_managed_on(&status, resource, node) {
        return Ok(false);
    }
    ask("/usr/sbin/crm_resource", &["--fail", "--resource", resource, "--node", node]).map(|_| true)
}

/// Whether crm_mon's XML has the resource managed and active on the node.
pub fn is_managed_on(status: &str, resource: &str, node: &str) -> bool {
    let has = |element: &BytesStart<'_>, name: &str, value: &str| {
        element.attributes().flatten().any(|a| a.key.as_ref() == name.as_bytes() && a.value.as_ref() == value.as_bytes())
    };
    let mut reader = Reader::from_str(status);
    let mut inside = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(e)) if e.name().as_ref() == b"resource" => {
                inside = has(&e, "id", resource) && has(&e, "managed", "true") && has(&e, "active", "true");
            }
            Ok(Event::End(e)) if e.name().as_ref() == b"resource" => inside = false,
            Ok(Event::Start(e) | Event::Empty(e)) if inside && e.name().as_ref() == b"node" && has(&e, "name", node) => {
                return true;
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_managed_resource_on_that_node_counts() {
        let status = |managed: &str| {
            format!(
                "<r><resource id=\"a\" managed=\"true\" active=\"true\"><node name=\"n2\"/></resource>\n<resource id=\"m\" active=\"true\" managed=\"{managed}\">\n<node name=\"n1\" id=\"1\"/></resource></r>"
            )
        };
        assert!(is_managed_on(&status("true"), "m", "n1"));
        assert!(!is_managed_on(&status("true"), "m", "n2"));
        assert!(!is_managed_on(&status("false"), "m", "n1"));
        assert!(!is_managed_on("<resource id=\"m\"", "m", "n1"));
    }

    proptest! {
        /// Resources before and after it, active somewhere, do not count for it.
        #[test]
        fn only_its_own_element_counts(resources in prop::collection::vec(("[a-d]", any::<bool>(), any::<bool>(), "n[12]"), 0..9)) {
            let shown: String = resources
                .iter()
                .map(|(id, managed, active, node)| {
                    format!("<resource id=\"{id}\" managed=\"{managed}\" active=\"{active}\"><node name=\"{node}\" id=\"1\"/></resource>\n")
                })
                .collect();
            let status = format!("<pacemaker-result><resources>{shown}</resources></pacemaker-result>");
            let expected = resources.iter().any(|(id, managed, active, node)| id == "a" && *managed && *active && node == "n1");
            prop_assert_eq!(is_managed_on(&status, "a", "n1"), expected);
        }

        #[test]
        fn garbage_is_survived(text in "(\\PC|[<>/\"'=&;! \n]|resource|node|id=){0,60}") {
            let _ = is_managed_on(&text, "a", "n1");
        }
    }
}
