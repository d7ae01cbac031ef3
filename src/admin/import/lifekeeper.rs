//! What lcdstatus prints, as values.
//!
//! Three displays are known, as the vendor documents them: `lcdstatus -q` (first column LOCAL), `lcdstatus -e` (first column
//! BACKUP) and `lcdstatus` alone (detailed). In the first two the indentation of a tag says what it is below. None of
//! them says the switchback type. What does not look as documented is an error that names the line.

use crate::text::{self, Text};
use std::collections::BTreeSet;

/// A resource, as one server sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub tag: String,
    pub id: String,
    /// `ISP`, `ISU`, `OSU`, `OSF`, …
    pub state: String,
    /// Application and type; only the detailed display has them.
    pub kind: String,
    /// The tags that it depends on directly.
    pub below: Vec<String>,
    /// The priority of the server that printed this.
    pub priority: i64,
    /// Other servers and their priorities; only the detailed display has them.
    pub others: Vec<(String, i64)>,
    /// The server of highest priority, and the next one after this; only the short displays have them.
    pub primary: Option<String>,
    pub backup: Option<String>,
}

/// One display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Display {
    /// The server that printed it, when that can be told for certain.
    pub server: Option<String>,
    pub entries: Vec<Entry>,
    /// The tags that nothing depends on.
    pub roots: Vec<String>,
    /// The other servers that it communicates with; in the detailed display all of them.
    pub machines: BTreeSet<String>,
    /// The indentation, which says what depends on what, has been lost.
    pub is_flat: bool,
}

const STATES: &[&str] = &["ISP", "ISU", "OSU", "OSF", "ILLSTATE", "UNKNOWN"];

/// Reads one display.
///
/// # Errors
/// What is not as documented, with the line.
pub fn parse(text: &str) -> Result<Display, Text> {
    let lines: Vec<&str> = text.lines().collect();
    let header = lines.iter().position(|l| {
        let words: Vec<&str> = l.split_whitespace().collect();
        matches!(words.as_slice(), ["LOCAL" | "BACKUP", "TAG", "ID", "STATE", "PRIO", "PRIMARY"])
    });
    match header {
        Some(at) => short(&lines, at),
        None if lines.iter().any(|l| entry_line(l).is_some()) => detailed(&lines),
        None => Err(text::there_is_neither_a_line_local().to_owned()),
    }
}

fn short(lines: &[&str], header: usize) -> Result<Display, Text> {
    let is_local = lines[header].trim_start().starts_with("LOCAL");
    let mut display = Display { machines: machines(lines), ..Display::default() };
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut columns = BTreeSet::new();
    for (at, line) in lines.iter().enumerate().skip(header + 1) {
        if line.trim().is_empty() {
            continue;
        }
        if line.trim_start().starts_with("Communication") || line.trim_start().starts_with("MACHINE") {
            break;
        }
        let (column, first, entry) = row(line).map_err(|why| text::wrong_line(at + 1, &why, line.trim()))?;
        columns.insert(column);
        open.retain(|(c, _)| *c < column);
        match open.last() {
            Some((_, parent)) => {
                let parent = parent.clone();
                if let Some(parent) = display.entries.iter_mut().rev().find(|e| e.tag == parent) {
                    parent.below.push(entry.tag.clone());
                }
            }
            None => display.roots.push(entry.tag.clone()),
        }
        open.push((column, entry.tag.clone()));
        let named = Some(first).filter(|f| !f.trim_matches('-').is_empty());
        if is_local {
            display.server = named;
            display.entries.push(entry);
        } else {
            display.entries.push(Entry { backup: named, ..entry });
        }
    }
    if !is_local && !display.machines.is_empty() {
        // The server of highest priority is this one, when it is none of those that this one talks to.
        let primary = display.entries.iter().find_map(|e| e.primary.clone());
        display.server = primary.filter(|p| !display.machines.contains(p));
    }
    display.is_flat = columns.len() == 1 && display.entries.len() > 1;
    Ok(display)
}

/// A row of a short display: where its tag begins, the first column, and the rest.
fn row(line: &str) -> Result<(usize, String, Entry), Text> {
    let first: String = line.trim_start().chars().take_while(|c| !c.is_whitespace()).collect();
    let begin = line.find(first.as_str()).unwrap_or(0) + first.len();
    let is_drawing = |c: char| c.is_whitespace() || "|+`-\u{2014}\u{2500}\u{2502}\u{2514}\u{251c}".contains(c);
    let rest = line[begin..].trim_start_matches(is_drawing);
    let column = line[..line.len() - rest.len()].chars().count();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [tag, id, state, priority, primary] = words.as_slice() else {
        return Err(text::wrong_number_of_columns(words.len() + 1));
    };
    if !STATES.contains(state) {
        return Err(text::is_no_state(state, STATES.join(" ")));
    }
    let priority = priority.parse().map_err(|_| text::priority_is_no_number(priority))?;
    let (tag, id, state) = (tag.to_string(), id.to_string(), state.to_string());
    Ok((column, first, Entry { tag, id, state, priority, primary: Some(primary.to_string()), ..Entry::default() }))
}

/// The servers of the communication section of a short display.
fn machines(lines: &[&str]) -> BTreeSet<String> {
    let header = lines.iter().position(|l| l.split_whitespace().next() == Some("MACHINE"));
    let rows = header.map_or(&[][..], |at| &lines[at + 1..]);
    rows.iter().take_while(|l| !l.trim().is_empty()).filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect()
}

/// `TAG: id=ID app=APP type=TYPE state=STATE`
fn entry_line(line: &str) -> Option<Entry> {
    let (tag, rest) = line.trim().split_once(": id=")?;
    let (id, rest) = rest.split_once(" app=")?;
    let (app, rest) = rest.split_once(" type=")?;
    let (kind, state) = rest.split_once(" state=")?;
    let state = state.split_whitespace().next()?;
    let kind = format!("{} {}", app.trim(), kind.trim());
    Some(Entry { tag: tag.to_owned(), id: id.trim().to_owned(), state: state.to_owned(), kind, ..Entry::default() })
}

fn detailed(lines: &[&str]) -> Result<Display, Text> {
    let mut display = Display::default();
    let mut without_priority: BTreeSet<String> = BTreeSet::new();
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim();
        let wrong = |why: Text| text::wrong_line(at + 1, &why, line);
        let lower = line.to_lowercase();
        if let Some(entry) = entry_line(line) {
            without_priority.insert(entry.tag.clone());
            display.entries.push(entry);
        } else if let Some(machine) = line.strip_prefix("machine=") {
            display.machines.extend(machine.split_whitespace().next().map(str::to_owned));
        } else if let Some(entry) = display.entries.last_mut() {
            if lower.starts_with("depends on resources:") {
                let tags = line.split_once(':').map_or("", |(_, tags)| tags);
                entry.below.extend(tags.split([' ', ',', '\t']).filter(|t| !t.is_empty()).map(str::to_owned));
            } else if lower.starts_with("local priority") {
                let priority = line.split_once('=').and_then(|(_, n)| n.trim().parse().ok());
                entry.priority = priority.ok_or_else(|| wrong(text::machine_priority_is_no_number()))?;
                without_priority.remove(&entry.tag);
            } else if lower.starts_with("shared equivalency") {
                entry.others.push(equivalency(line).map_err(wrong)?);
            }
        }
    }
    // A dependency that is not in the output means that the copy is incomplete.
    let tags: BTreeSet<&String> = display.entries.iter().map(|e| &e.tag).collect();
    if let Some((entry, lost)) = display.entries.iter().find_map(|e| Some((e, e.below.iter().find(|t| !tags.contains(t))?))) {
        return Err(text::depends_on_which(&entry.tag, lost));
    }
    if let Some(tag) = without_priority.first() {
        return Err(text::has_no_line_local_priority_n(tag));
    }
    let below: BTreeSet<&String> = display.entries.iter().flat_map(|e| &e.below).collect();
    display.roots = display.entries.iter().map(|e| e.tag.clone()).filter(|t| !below.contains(t)).collect();
    display.server = server_of_detailed(&display);
    Ok(display)
}

/// `SHARED equivalency with resource TAG on machine NAME, priority = N`
fn equivalency(line: &str) -> Result<(String, i64), Text> {
    let (before, priority) = line.rsplit_once('=').ok_or_else(text::no_priority)?;
    let machine = before.rsplit_once("on machine").map_or("", |(_, m)| m);
    let machine = machine.split(',').next().unwrap_or_default().trim().trim_matches('"').to_owned();
    let priority = priority.trim().parse().map_err(|_| text::machine_priority_is_no_number())?;
    if machine.is_empty() { Err(text::no_machine()) } else { Ok((machine, priority)) }
}

/// Every machine is listed; the one that no resource is shared with is this one.
fn server_of_detailed(display: &Display) -> Option<String> {
    let others: BTreeSet<&String> = display.entries.iter().flat_map(|e| e.others.iter().map(|(m, _)| m)).collect();
    let mut rest = display.machines.iter().filter(|m| !others.contains(m));
    let server = rest.next().filter(|_| !others.is_empty())?;
    rest.next().is_none().then(|| server.clone())
}

impl Display {
    pub fn entry(&self, tag: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }

    /// Everything that a tag depends on, directly or not.
    pub fn all_below(&self, tag: &str) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = Vec::new();
        let mut next: Vec<&str> = vec![tag];
        while let Some(tag) = next.pop() {
            for below in self.entry(tag).into_iter().flat_map(|e| &e.below).filter_map(|t| self.entry(t)) {
                if !found.contains(&below) {
                    found.push(below);
                    next.push(&below.tag);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOCAL: &str = "Resource Hierarchy Information\n\n\
        LOCAL    TAG                    ID             STATE  PRIO  PRIMARY\n\
        svr1     postfix-on-mail        postfix1       ISP       1  svr1\n\
        svr1      ip-10.77.0.50         10.77.0.50     ISP       1  svr1\n\
        svr1      /srv/mail             /srv/mail      ISP       1  svr1\n\
        svr1       device2126           000...300-1    ISP       1  svr1\n\
        svr1        disk2083            000...300      ISP       1  svr1\n\
        svr1     other                  x              OSU      10  svr2\n\n\
        Communication Status Information\n\n\
        MACHINE  NETWORK ADDRESSES/DEVICE         STATE  PRIO\n\
        svr2     TCP     100.10.1.20/100.11.1.21  ALIVE     1\n";

    fn shown(display: &Display) -> Vec<String> {
        display.entries.iter().map(|e| format!("{} {} {} {:?}", e.tag, e.id, e.priority, e.below)).collect()
    }

    #[test]
    fn the_short_display_with_the_local_server_is_read() {
        let display = parse(LOCAL).unwrap();
        assert_eq!((display.server.as_deref(), display.is_flat), (Some("svr1"), false));
        assert_eq!(display.roots, ["postfix-on-mail", "other"]);
        assert_eq!(shown(&display)[0], "postfix-on-mail postfix1 1 [\"ip-10.77.0.50\", \"/srv/mail\"]");
        let below: Vec<&str> = display.all_below("/srv/mail").iter().map(|e| e.tag.as_str()).collect();
        assert_eq!(below, ["device2126", "disk2083"]);
    }

    #[test]
    fn the_short_display_with_the_backup_server_names_no_server_unless_it_is_certain() {
        let text = LOCAL.replace("LOCAL ", "BACKUP").replace("\nsvr1", "\nsvr2");
        let display = parse(&text).unwrap();
        assert_eq!(display.server.as_deref(), Some("svr1"), "svr2 is the only other one");
        assert_eq!(display.entries[0].backup.as_deref(), Some("svr2"));
        let cut = text.split("Communication").next().unwrap();
        assert_eq!(parse(cut).unwrap().server, None);
        let lowest = text.replace("\nsvr2 ", "\n---- ");
        assert_eq!(parse(lowest.split("Communication").next().unwrap()).unwrap().entries[0].backup, None);
    }

    #[test]
    fn drawn_branches_are_indentation_too() {
        let text =
            "LOCAL TAG ID STATE PRIO PRIMARY\nA SQL x ISP 1 A\nA |\u{2014}-ip-1 10.0.0.1 ISP 1 A\nA |\u{2014}-vol /v ISP 1 A\n";
        let display = parse(text).unwrap();
        assert_eq!(display.entries[0].below, ["ip-1", "vol"]);
    }

    #[test]
    fn the_detailed_display_is_read() {
        let text = "Resource Hierarchy Information\n\nROOT of RESOURCE HIERARCHY\n\
            postfix-on-mail: id=postfix1 app=mail type=postfix state=ISP\n    initialize=(L) AUTORES_ISP automatic restore to IN-SERVICE by LifeKeeper\n\
            \x20   info=x\n    depends on resources: ip-10.77.0.50,/srv/mail\n    Local priority = 1\n\
            \x20   SHARED equivalency with resource \"postfix-on-mail\" on machine \"svr2\", priority = 10\n        FAILOVER ALLOWED\n\
            ip-10.77.0.50: id=10.77.0.50 app=comm type=ip state=ISP\n    These resources are dependent: postfix-on-mail\n    Local priority = 1\n\
            \x20   SHARED equivalency with resource ip-10.77.0.50 on machine svr2, priority = 10\n\
            /srv/mail: id=/srv/mail app=gen type=filesys state=ISP\n    Local priority = 1\n\nCommunication Status Information\n\
            The following LifeKeeper servers are known:\nmachine=svr1 state=ALIVE\nmachine=svr2 state=ALIVE\n";
        let display = parse(text).unwrap();
        assert_eq!(display.server.as_deref(), Some("svr1"));
        assert_eq!(display.entries[0].others, [("svr2".to_owned(), 10)]);
        assert_eq!((display.entries[0].kind.as_str(), display.roots.len()), ("mail postfix", 1));
        assert_eq!(display.all_below("postfix-on-mail").len(), 2);
        assert!(parse(&text.replace("Local priority = 1", "")).unwrap_err().as_str().contains("has no line"));
        assert!(
            parse(&text.replace(",/srv/mail", ",/gone")).unwrap_err().as_str().contains("/gone, which is not in the display")
        );
    }

    #[test]
    fn what_is_not_as_documented_is_named_with_its_line() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("hello\n").contains("lcdstatus -q"));
        assert!(
            error(&LOCAL.replace("ISP       1  svr1\nsvr1      ip", "ISP       1\nsvr1      ip"))
                .starts_with("line 4: 5 columns")
        );
        assert!(error(&LOCAL.replacen("ISP", "BAD", 1)).contains("\"BAD\" is not a valid state"));
        assert!(error(&LOCAL.replacen("ISP       1", "ISP       x", 1)).contains("\"x\" is not a valid number"));
        let flat: String = LOCAL.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect();
        assert!(parse(&flat).unwrap().is_flat);
    }

    proptest! {
        #[test]
        fn any_text_is_a_display_or_an_error(text in "(LOCAL TAG ID STATE PRIO PRIMARY\n)?[a-zA-Z0-9 :=,.|\u{2014}\"\n-]{0,200}") {
            let _ = parse(&text);
        }
    }
}
