//! What was measured, as one table and as a chart.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use lab::measure::Run;

use crate::{failover, growth, level0, median, single};

/// Everything, as Markdown that can be read in a terminal too.
pub fn table(counts: &[level0::Count], runs: &[single::Line], points: &[growth::Point], outages: &[failover::Line]) -> String {
    let mut text = format!("{}\n", machine());
    text += &level0_table(counts);
    if !runs.is_empty() {
        text += "\n| | ours: wall | cpu | processes | peak | theirs: wall | cpu | processes | peak | wall, theirs/ours | cpu, theirs/ours |\n";
        text += "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    }
    for line in runs {
        let (ours, theirs) = (Medians::of(&line.ours), Medians::of(&line.theirs));
        let name = format!("{}, {}", line.name, line.group);
        let [wall, cpu] = [|r: &Run| r.wall_ms, |r: &Run| r.cpu_ms].map(|of| interval(&ratios(line, of)));
        let _ = writeln!(text, "| {name} | {ours} | {theirs} | {wall} | {cpu} |");
    }
    text += &growth_table(points);
    if !outages.is_empty() {
        text += "\n| fault to greeting | ours | of it agent | other resources | cluster | theirs | of it agent | other resources | cluster |\n";
        text += "|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    }
    for line in outages {
        let _ = writeln!(text, "| {} | {} | {} |", line.name, outage(&line.ours), outage(&line.theirs));
    }
    text
}

fn growth_table(points: &[growth::Point]) -> String {
    let mut text = String::new();
    if !points.is_empty() {
        text += "\n| as it grows, ours | monitor: wall | cpu | cpu, to the first | start: wall | cpu |\n|---|---:|---:|---:|---:|---:|\n";
    }
    for point in points {
        let cpu = |of: &growth::Point| Medians::of(&of.monitors).0.cpu_ms;
        let first = points.iter().find(|first| first.of == point.of).map_or(f64::NAN, cpu);
        let both = |runs: &[Run]| {
            let Run { wall_ms, cpu_ms, .. } = Medians::of(runs).0;
            format!("{} ms | {} ms", digits(wall_ms), digits(cpu_ms))
        };
        let start = if point.starts.is_empty() { "|".to_owned() } else { both(&point.starts) };
        let (size, of, monitor, ratio) = (point.size, point.of, both(&point.monitors), cpu(point) / first);
        let _ = writeln!(text, "| {size} {of} | {monitor} | {ratio:.2} | {start} |");
    }
    text
}

/// Ratios are to the empty program, and of the shell agent to ours.
fn level0_table(counts: &[level0::Count]) -> String {
    let Some(empty) = counts.first() else { return String::new() };
    let mut text = "\n| level 0 | instructions | system calls | page faults | wall | cpu | cpu, to an empty program | cpu, theirs | theirs/ours |\n\
                    |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for count in counts {
        let number = |n: Option<u64>, tool: &str| n.map_or(format!("({tool} is not installed)"), |n| n.to_string());
        let theirs =
            count.theirs.map_or("|".to_owned(), |t| format!("{} ms | {:.0}", digits(t.cpu_ms), t.cpu_ms / count.ours.cpu_ms));
        let level0::Medians { faults, cpu_ms, wall_ms } = count.ours;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {faults:.0} | {} ms | {} ms | {:.2} | {theirs} |",
            count.name,
            number(count.instructions, "valgrind"),
            number(count.calls, "strace"),
            digits(wall_ms),
            digits(cpu_ms),
            cpu_ms / empty.ours.cpu_ms
        );
    }
    text
}

/// The medians of some runs.
struct Medians(Run);

impl Medians {
    fn of(runs: &[Run]) -> Medians {
        let of = |value: fn(&Run) -> f64| median(&runs.iter().map(value).collect::<Vec<_>>());
        Medians(Run {
            wall_ms: of(|r| r.wall_ms),
            cpu_ms: of(|r| r.cpu_ms),
            processes: of(|r| r.processes),
            peak_mib: of(|r| r.peak_mib),
            faults: of(|r| r.faults),
        })
    }
}

impl std::fmt::Display for Medians {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Run { wall_ms, cpu_ms, processes, peak_mib, .. } = self.0;
        write!(f, "{} ms | {} ms | {processes:.0} | {peak_mib:.1} MiB", digits(wall_ms), digits(cpu_ms))
    }
}

/// How many times as much theirs took, in each round.
fn ratios(line: &single::Line, of: fn(&Run) -> f64) -> Vec<f64> {
    line.ours.iter().zip(&line.theirs).map(|(ours, theirs)| of(theirs) / of(ours)).collect()
}

/// The median, and between which of the values it is with 95 % confidence, or with as much as there is when there are too few.
fn interval(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // How likely it is that at most so many of them are below the true median: a toss of a coin for each.
    let (n, mut below, mut likely, mut rank) = (sorted.len(), 0.5_f64.powi(sorted.len() as i32), 0.0, 0);
    while rank < n / 2 && likely + below <= 0.025 {
        likely += below;
        below *= (n - rank) as f64 / (rank + 1) as f64;
        rank += 1;
    }
    let least = rank.saturating_sub(1);
    match sorted.get(least) {
        Some(low) => format!("{:.0} ({low:.0} to {:.0})", median(&sorted), sorted[n - 1 - least]),
        None => String::new(),
    }
}

/// That a monitor costs theirs as many times as much processor time as README says.
///
/// # Errors
/// When it does not.
pub fn compare_with_readme(runs: &[single::Line]) -> Result<()> {
    const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"));
    const ROW: &str = "| processor time of one monitor | 1 | more than ";
    let stated = README.split_once(ROW).and_then(|(_, rest)| rest.split(' ').next()?.parse::<f64>().ok()).context(ROW)?;
    for line in runs.iter().filter(|line| line.name == "monitor") {
        let found = median(&ratios(line, |r| r.cpu_ms));
        ensure!(found > stated, "monitor, {}: {found:.0} times our processor time; README says more than {stated}", line.group);
    }
    Ok(())
}

/// Three digits that count.
fn digits(value: f64) -> String {
    let places = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.places$}")
}

/// Median, smallest and largest; what is not agent and not other resources is the cluster itself.
fn outage(outages: &[failover::Outage]) -> String {
    let recovered: Vec<f64> = outages.iter().filter_map(|o| o.greeting).collect();
    if recovered.is_empty() {
        return "not recovered | | |".to_owned();
    }
    let of = |value: fn(&failover::Outage) -> f64| {
        median(&outages.iter().filter(|o| o.greeting.is_some()).map(value).collect::<Vec<_>>())
    };
    let (least, most) = recovered.iter().fold((f64::MAX, 0.0_f64), |(a, b), s| (a.min(*s), b.max(*s)));
    let (total, agent, others) = (median(&recovered), of(|o| o.agent), of(|o| o.others));
    let missed = outages.len() - recovered.len();
    let missed = if missed > 0 { format!(", {missed} not recovered") } else { String::new() };
    let cluster = (total - agent - others).max(0.0);
    format!("{total:.2} s ({least:.2} to {most:.2}{missed}) | {agent:.2} s | {others:.2} s | {cluster:.2} s")
}

/// What it was measured on.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|l| l.strip_prefix("model name")?.split_once(": ")).map_or("unknown", |(_, name)| name);
    let cores = cpu.lines().filter(|l| l.starts_with("processor")).count();
    let memory =
        read("/proc/meminfo").lines().find_map(|l| l.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<u64>().ok());
    let load = read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ");
    format!(
        "Medians, measured by turns in one run on {cores} cores ({model}), {} GiB, Linux {}, load {load}; the disks of the lab are in memory.",
        memory.unwrap_or(0) / (1 << 20),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}

/// Puts the table between its marks in performance.md, and draws outage.svg.
pub fn write(directory: &Path, text: &str, outages: &[failover::Line]) -> Result<()> {
    let path = directory.join("performance.md");
    let before = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    const MARKS: [&str; 2] = ["<!-- bench -->\n", "<!-- end -->"];
    let start = before.find(MARKS[0]).context("no mark for the table")? + MARKS[0].len();
    let end = start + before[start..].find(MARKS[1]).context("no mark for the end of the table")?;
    fs::write(&path, format!("{}\n{text}\n{}", &before[..start], &before[end..]))?;
    if !outages.is_empty() {
        fs::write(directory.join("outage.svg"), chart(outages))?;
    }
    Ok(())
}

/// Bars for each fault: ours above theirs.
fn chart(outages: &[failover::Line]) -> String {
    const LEFT: f64 = 300.0;
    const SPAN: f64 = 420.0;
    const ROW: f64 = 52.0;
    let seconds = |o: &[failover::Outage]| {
        let recovered: Vec<f64> = o.iter().filter_map(|o| o.greeting).collect();
        (!recovered.is_empty()).then(|| median(&recovered))
    };
    let most = outages.iter().flat_map(|l| [seconds(&l.ours), seconds(&l.theirs)]).flatten().fold(1.0_f64, f64::max);
    let (width, height) = (LEFT + SPAN + 110.0, 70.0 + ROW * outages.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"bold\">Seconds from fault to greeting (median)</text>\n"
    );
    for (x, colour, name) in [(16.0, OURS, "ocf:postkeeper:postfix"), (216.0, THEIRS, "ocf:heartbeat:postfix")] {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"38\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{}\" y=\"49\">{name}</text>",
            x + 18.0
        );
    }
    for (i, line) in outages.iter().enumerate() {
        let top = 66.0 + ROW * i as f64;
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", LEFT - 10.0, top + 24.0, line.name);
        for (y, colour, value) in [(top, OURS, seconds(&line.ours)), (top + 20.0, THEIRS, seconds(&line.theirs))] {
            // What does not end is longer than anything.
            let (length, opacity, words) = match value {
                Some(s) => (s / most * SPAN, 1.0, format!("{s:.1} s")),
                None => (SPAN, 0.3, "not recovered".to_owned()),
            };
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"17\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>\
                 <text x=\"{:.1}\" y=\"{:.0}\">{words}</text>",
                LEFT + length + 6.0,
                y + 13.0
            );
        }
    }
    svg + "</svg>\n"
}

const OURS: &str = "#1f6f8b";
const THEIRS: &str = "#d08770";
