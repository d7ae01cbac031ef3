//! What a monitor of level 0 and a start cost as there is more of what they have to do with.

use anyhow::Result;
use lab::measure::Run;
use lab::sandbox::Sandbox;

use crate::single::{self, monitor, start, start_again};

/// The runs with so many of something.
pub struct Point {
    pub of: &'static str,
    pub size: usize,
    pub monitors: Vec<Run>,
    /// Empty where a start was not measured.
    pub starts: Vec<Run>,
}

const MONITORS: usize = 15;

/// Every size of everything; about ten minutes, most of it for a queue of a million messages.
pub fn measure_all(quick: bool) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    messages(if quick { &[1, 1000] } else { &[1, 1000, 10_000, 100_000, 1_000_000] }, &mut points)?;
    endpoints(if quick { &[1, 20] } else { &[1, 50, 200] }, &mut points)?;
    connections(if quick { &[0, 200] } else { &[0, 1000, 5000, 20_000] }, &mut points)?;
    instances(if quick { &[1, 3] } else { &[1, 10, 30, 100] }, &mut points)?;
    Ok(points)
}

fn measure(host: &Sandbox, of: &'static str, size: usize, starts: usize) -> Result<Point> {
    println!("{size} {of}");
    // The first of each does not count.
    let mut monitors: Vec<Run> = (0..=MONITORS).map(|_| monitor(host)).collect::<Result<_>>()?;
    let mut begun = Vec::new();
    if starts > 0 {
        single::stop(host)?;
        begun = (0..=starts).map(|_| start_again(host)).collect::<Result<_>>()?;
        start(host)?;
    }
    monitors.remove(0);
    begun.drain(..begun.len().min(1));
    Ok(Point { of, size, monitors, starts: begun })
}

fn messages(sizes: &[usize], points: &mut Vec<Point>) -> Result<()> {
    // A block and an inode for each.
    let disk = sizes.iter().max().map_or(0, |most| *most as u64 * 4608);
    let host = single::ours(disk + (64 << 20), &single::defer_all)?;
    start(&host)?;
    let mut present = 0;
    for size in sizes {
        single::fill(&host, present, *size)?;
        present = *size;
        points.push(measure(&host, "messages in the queue", *size, if *size > 10_000 { 3 } else { 7 })?);
    }
    Ok(())
}

fn endpoints(sizes: &[usize], points: &mut Vec<Point>) -> Result<()> {
    for size in sizes {
        let host = single::ours(8 << 20, &|host| single::add_endpoints(host, *size))?;
        start(&host)?;
        points.push(measure(&host, "endpoints", *size, 7)?);
    }
    Ok(())
}

fn connections(sizes: &[usize], points: &mut Vec<Point>) -> Result<()> {
    let host = single::ours(8 << 20, &single::add_postscreen)?;
    single::start_unjudged(&host)?;
    let mut held = Vec::new();
    for size in sizes {
        held.extend(single::hold(&host, size - held.len())?);
        points.push(measure(&host, "open connections", *size, 0)?);
    }
    Ok(())
}

fn instances(sizes: &[usize], points: &mut Vec<Point>) -> Result<()> {
    let host = single::ours(64 << 20, &|_| Ok(()))?;
    start(&host)?;
    let mut running = 1;
    for size in sizes {
        single::start_instances(&host, running..*size)?;
        running = *size;
        points.push(measure(&host, "instances on the host", *size, 7)?);
    }
    Ok(())
}
