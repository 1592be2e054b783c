//! Rings, places and joins over random logs: lines of both outputs, a little out of the order of their times, some alike in
//! time and text. What a reader is told is held against the log itself.
use super::cursor::{Counter, LogCursor, Mark};
use super::join::{Known, Overlap, Seek, Verdict};
use super::ring::{Most, Piece, Position, Ring};
use super::{IN_ALL, OF_ENGINE, Open, State, Tail};
use proptest::prelude::*;
use shipyard_engine::Logged;
use shipyard_model::stream::{LogLine, Output};
use shipyard_model::{ContainerId, ContainerRef, EngineId, Problem};
use std::collections::VecDeque;
use tokio::sync::watch;

/// A fifth of what may be out of order.
const UNIT: i64 = 200_000_000;
/// What one line of these costs in a ring.
const COST: usize = 129;

/// A log as its file has it.
fn log(most: usize) -> impl Strategy<Value = Vec<Logged>> {
    prop::collection::vec((1..=3_i64, 0..=2_i64, 0..2_u8), 1..most).prop_map(|lines| {
        let mut base = 1_700_000_000_000_000_000;
        let line = |(step, late, text): (i64, i64, u8)| {
            base += step * UNIT;
            Logged {
                nanos: base - late * UNIT,
                line: LogLine {
                    at: None,
                    output: if text == 0 { Output::Out } else { Output::Err },
                    text: "x".to_owned(),
                },
            }
        };
        lines.into_iter().map(line).collect()
    })
}

/// What an engine answers of a log. Older ones pass over every line before `since`, newer ones those before the first.
fn read(log: &[Logged], since: i64, tail: Option<usize>, newer: bool) -> Vec<Logged> {
    let from = tail.map_or(0, |tail| log.len().saturating_sub(tail));
    let lines = log[from..].iter().cloned();
    if newer {
        lines.skip_while(|line| line.nanos < since).collect()
    } else {
        lines.filter(|line| line.nanos >= since).collect()
    }
}

fn cursors(log: &[Logged]) -> Vec<LogCursor> {
    let mut counter = Counter::default();
    log.iter().map(|line| counter.after(Mark::of(line))).collect()
}

/// All that a reader is given, as numbers of lines it misses and lines.
fn take_all(position: &mut Position, ring: &Ring, most: Most) -> (u64, Vec<LogLine>) {
    let (mut missed, mut lines) = (0, Vec::new());
    while let Some(piece) = position.take(ring, most) {
        match piece {
            Piece::Missed(more) => missed += more,
            Piece::Gap => panic!("nothing was lost"),
            Piece::Lines(more, _) => {
                assert!(!more.is_empty() && more.len() <= most.lines);
                lines.extend(more.iter().map(|line| (**line).clone()));
            }
        }
    }
    (missed, lines)
}

fn bare(log: &[Logged]) -> Vec<LogLine> {
    log.iter().map(|logged| logged.line.clone()).collect()
}

fn numbered(number: usize) -> Logged {
    Logged {
        nanos: 1,
        line: LogLine {
            at: None,
            output: Output::Out,
            text: number.to_string(),
        },
    }
}

const ANY: Most = Most {
    lines: 7,
    bytes: 64 * 1024,
};

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Read(usize, usize),
}

proptest! {
    /// Whoever reads, and however slowly: what a reader is told, with what they are told to have missed in its places, is the log.
    #[test]
    fn every_reader_knows_what_it_was_not_told(
        most in 0usize..4000,
        steps in prop::collection::vec(prop_oneof![
            (1usize..30).prop_map(Step::Push),
            (0usize..4, 1usize..10).prop_map(|(reader, pieces)| Step::Read(reader, pieces)),
        ], 1..60),
    ) {
        let mut ring = Ring::new(most);
        let mut readers: Vec<_> = (0..4).map(|_| (Position::at(0, Overlap::default()), 0_u64)).collect();
        let mut pushed = 0;
        for step in steps.into_iter().chain((0..4).map(|reader| Step::Read(reader, usize::MAX))) {
            match step {
                Step::Push(lines) => for _ in 0..lines {
                    ring.push(numbered(pushed), false);
                    pushed += 1;
                },
                Step::Read(reader, pieces) => {
                    let (position, next) = &mut readers[reader];
                    for _ in 0..pieces {
                        match position.take(&ring, ANY) {
                            None => break,
                            Some(Piece::Gap) => panic!("nothing was lost"),
                            Some(Piece::Missed(lines)) => *next += lines,
                            Some(Piece::Lines(lines, _)) => for line in lines {
                                prop_assert_eq!(&line.text, &next.to_string());
                                *next += 1;
                            },
                        }
                    }
                }
            }
        }
        for (_, next) in readers {
            prop_assert_eq!(next, pushed as u64, "all came to the end");
        }
    }

    /// A stream that breaks anywhere, any number of times, and is opened again.
    #[test]
    fn a_stream_goes_on_where_it_broke(
        log in log(300),
        cuts in prop::collection::vec(0usize..300, 1..6),
        kept in 20usize..400,
        newer: bool,
    ) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|at| at.min(log.len())).collect();
        cuts.sort_unstable();
        cuts.push(log.len());
        let mut ring = Ring::new(kept * COST);
        let mut pushed: Vec<LogLine> = Vec::new();
        let anchor = cuts[0].checked_sub(1).map(|at| Mark::of(&log[at]));
        let mut passed_over = Vec::new();
        for cut in cuts {
            let mut known = Known::of(&ring, anchor, false);
            for logged in read(&log[..cut], known.since(), None, newer) {
                match known.judge(Mark::of(&logged)) {
                    Verdict::Known => {
                        if ring.last().is_none() {
                            passed_over.push(Mark::of(&logged));
                        }
                    }
                    Verdict::New => {
                        // One that is alike in everything to one before the tail cannot be told from it when both come again.
                        prop_assume!(!passed_over.contains(&Mark::of(&logged)));
                        pushed.push(logged.line.clone());
                        ring.push(logged, false);
                    }
                    Verdict::Missing => prop_assert!(false, "nothing was lost"),
                }
            }
        }
        // The tail began a little before the newest line of then.
        let all = bare(&log);
        prop_assert!(all.ends_with(&pushed));
        if let Some(anchor) = anchor {
            let from = log.iter().position(|line| Mark::of(line) == anchor).unwrap_or_default();
            prop_assert!(pushed.len() >= log.len() - from);
        } else {
            prop_assert_eq!(pushed, all);
        }
    }

    /// One that does not reach back to what is known says so, and only then.
    #[test]
    fn a_stream_that_begins_too_late_is_found_out(log in log(100), cut in 1usize..100, tail in 1usize..100) {
        let cut = cut.min(log.len());
        let mut ring = Ring::new(usize::MAX);
        log[..cut].iter().for_each(|logged| ring.push(logged.clone(), false));
        let mut known = Known::of(&ring, None, true);
        let again = read(&log, known.since(), Some(tail), true);
        let verdicts: Vec<_> = again.iter().map(|logged| known.judge(Mark::of(logged))).collect();
        let fresh = log.len() - cut;
        if verdicts.contains(&Verdict::Missing) {
            // By mistake only where lines stand out of their order.
            prop_assert!(tail <= fresh || again[0].nanos > log[cut - 1].nanos);
        } else if tail > fresh {
            // Lines that are alike in everything cannot be told apart: those may pass for known ones.
            let known: Vec<_> = log[..cut].iter().map(Mark::of).collect();
            let alike = log[cut..].iter().filter(|logged| known.contains(&Mark::of(logged))).count();
            let new = verdicts.iter().filter(|it| **it == Verdict::New).count();
            prop_assert!((fresh - alike..=fresh).contains(&new));
        } else if !verdicts.contains(&Verdict::Known) {
            prop_assert_eq!(fresh, 0);
        }
    }

    /// Any place that was told is found again in what an engine answers, and what follows is the rest of the log.
    #[test]
    fn any_cursor_is_found_again(log in log(120), newer: bool) {
        for (at, cursor) in cursors(&log).into_iter().enumerate() {
            let cursor: LogCursor = cursor.to_string().parse().unwrap();
            let (mut seek, mut ready) = (Seek::new(cursor), VecDeque::new());
            let mut gap = false;
            for logged in read(&log, Seek::since(&cursor), None, newer) {
                gap |= seek.push(logged, &mut ready);
            }
            gap |= seek.end(&mut ready);
            prop_assert!(!gap);
            prop_assert_eq!(Vec::from(ready), &log[at + 1..]);
        }
    }

    /// A place that is not there any more: what is left is told behind a gap, and nothing from before the place.
    #[test]
    fn a_cursor_that_is_gone_is_a_gap(log in log(120), at in 0usize..120, tail in 0usize..60) {
        let at = at.min(log.len() - 1);
        let mut log = log;
        log.iter_mut().enumerate().for_each(|(number, logged)| logged.line.text = number.to_string());
        let cursor = cursors(&log)[at];
        let rest = &log[at + 1..];
        let tail = tail.min(rest.len());
        let (mut seek, mut ready) = (Seek::new(cursor), VecDeque::new());
        let mut gap = false;
        let left = read(&log, Seek::since(&cursor), Some(tail), true);
        for logged in left.clone() {
            gap |= seek.push(logged, &mut ready);
        }
        gap |= seek.end(&mut ready);
        prop_assert!(gap);
        let told = left.into_iter().filter(|line| line.nanos > cursor.mark.nanos).count();
        prop_assert!(ready.len() >= told);
        prop_assert!(rest.ends_with(ready.make_contiguous()) || ready.len() < tail);
    }

    /// A past that is read beside the ring, and the ring: together they are the log.
    #[test]
    fn a_past_and_the_ring_are_one_log(
        log in log(300),
        (began, joined, read_to, tail) in (0usize..300, 0usize..300, 0usize..300, prop::option::of(0usize..300)),
        settles in prop::collection::vec(0usize..300, 0..5),
    ) {
        let mut at = [began, joined, read_to].map(|at| at.min(log.len()));
        at.sort_unstable();
        let [began, joined, read_to] = at;
        let mut log = log;
        if began > 0 || tail.is_some() {
            // Lines alike in everything cannot be told apart by who sees only some of them.
            log.iter_mut().enumerate().for_each(|(number, logged)| logged.line.text = number.to_string());
        }
        let mut ring = Ring::new(usize::MAX);
        log[began..joined].iter().for_each(|logged| ring.push(logged.clone(), false));
        let floor = log.get(began).map_or(0, |logged| logged.nanos - 4 * UNIT);
        let mut position = Position::at(ring.head(), Overlap::begin(&ring, floor));
        let past = read(&log[..read_to], 0, tail, true);
        let mut in_ring = joined;
        for (number, logged) in past.iter().enumerate() {
            // The ring goes on meanwhile.
            if settles.contains(&number) && in_ring < log.len() {
                ring.push(log[in_ring].clone(), false);
                in_ring += 1;
            }
            position.settle(&ring);
            position.overlap.note(Mark::of(logged));
        }
        log[in_ring..].iter().for_each(|logged| ring.push(logged.clone(), false));
        let (missed, rest) = take_all(&mut position, &ring, ANY);
        let told: Vec<_> = bare(&past).into_iter().chain(rest).collect();
        prop_assert_eq!(missed, 0);
        // Of no past at all nothing can be left out: all that came since is told.
        let from = if past.is_empty() { joined } else { read_to - past.len() };
        prop_assert_eq!(told, bare(&log[from..]));
    }

    /// The same for a reader so slow that the ring has gone on: what it missed is counted.
    #[test]
    fn a_slow_past_misses_lines_and_knows_how_many(joined in 1usize..100, past in 0usize..50, later in 0usize..300, kept in 1usize..200) {
        let all = joined + past + later;
        let mut ring = Ring::new(kept * 150);
        let log: Vec<_> = (0..all).map(|n| Logged { nanos: n as i64, ..numbered(n) }).collect();
        log[..joined].iter().for_each(|logged| ring.push(logged.clone(), false));
        let mut position = Position::at(ring.head(), Overlap::begin(&ring, 0));
        for logged in &log[..joined + past] {
            position.overlap.note(Mark::of(logged));
        }
        log[joined..].iter().for_each(|logged| ring.push(logged.clone(), false));
        let (missed, lines) = take_all(&mut position, &ring, ANY);
        prop_assert_eq!(missed as usize + lines.len(), later);
        prop_assert_eq!(&lines, &bare(&log[all - lines.len()..]));
    }
}

#[test]
fn a_ring_keeps_what_it_may_and_one_line_at_least() {
    let mut ring = Ring::new(10 * 1024);
    for _ in 0..1000 {
        ring.push(numbered(1), false);
        assert!(ring.len() * COST <= 10 * 1024);
    }
    assert!(ring.len() > 70);
    let mut large = numbered(1);
    large.line.text = "x".repeat(16 * 1024);
    ring.push(large, false);
    assert_eq!(ring.len(), 1);
}

#[tokio::test]
async fn so_many_logs_are_followed_and_those_that_nobody_reads_make_room() {
    let at = |engine: usize, container: usize| ContainerRef {
        engine: EngineId::new(format!("e{engine}")),
        id: ContainerId::new(container.to_string()),
    };
    let (mut open, mut readers) = (Open::default(), Vec::new());
    let follow = |open: &mut Open, at: &ContainerRef| {
        open.make_room(at)?;
        let (state, reader) = watch::channel(State::new());
        open.tails.insert(at.clone(), Tail { number: 0, state });
        Ok::<_, Problem>(reader)
    };
    for container in 0..OF_ENGINE {
        readers.push(follow(&mut open, &at(0, container)).unwrap());
    }
    let refused = follow(&mut open, &at(0, 999)).err().unwrap();
    assert_eq!((refused.status, refused.code.as_str()), (429, "logs.too-many"));
    readers.push(follow(&mut open, &at(1, 0)).unwrap());
    drop(readers.remove(0));
    readers.push(follow(&mut open, &at(0, 999)).unwrap());
    assert_eq!(open.tails.len(), OF_ENGINE + 1);
    for engine in 2.. {
        match follow(&mut open, &at(engine, 0)) {
            Ok(reader) => readers.push(reader),
            Err(problem) => {
                assert_eq!((problem.status, open.tails.len()), (429, IN_ALL));
                break;
            }
        }
    }
}

#[test]
fn a_gap_is_told_once_and_in_its_place() {
    let mut ring = Ring::new(usize::MAX);
    for (number, gap) in [(1, false), (2, true), (3, false)] {
        ring.push(numbered(number), gap);
    }
    let mut position = Position::at(0, Overlap::default());
    let mut told = Vec::new();
    while let Some(piece) = position.take(&ring, ANY) {
        told.push(match piece {
            Piece::Lines(lines, _) => lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>().join(" "),
            Piece::Gap => "gap".to_owned(),
            Piece::Missed(lines) => lines.to_string(),
        });
    }
    assert_eq!(told, ["1", "gap", "2 3"]);
}
