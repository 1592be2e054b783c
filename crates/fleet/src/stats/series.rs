//! The past of one thing: an hour in slots of five seconds, and a day in minutes, which are the means of these slots.
use super::figures::Mean;
use super::ring::Ring;
use shipyard_model::Millis;
use shipyard_model::usage::UsageSpan;

/// Length of a slot, in milliseconds.
pub(crate) const SLOT_MS: i64 = UsageSpan::Hour.every() as i64 * 1000;
/// Slots of a minute.
const PER_MINUTE: i64 = UsageSpan::Day.every() as i64 / UsageSpan::Hour.every() as i64;
const HOUR: usize = UsageSpan::Hour.points() as usize;
const DAY: usize = UsageSpan::Day.points() as usize;

/// The slot that a moment lies in. Slots begin at whole multiples of their length since 1970.
pub(crate) fn slot_of(at: Millis) -> i64 {
    at.0.div_euclid(SLOT_MS)
}

fn minute_of(slot: i64) -> i64 {
    slot.div_euclid(PER_MINUTE)
}

/// A piece of the past: when its first value's time began, and the values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Past<const N: usize> {
    pub(crate) begins: Millis,
    pub(crate) values: Vec<[f32; N]>,
}

/// An hour and a day.
#[derive(Clone, Debug)]
pub(crate) struct Series<const N: usize> {
    hour: Ring<N>,
    day: Ring<N>,
}

impl<const N: usize> Default for Series<N> {
    fn default() -> Self {
        Self {
            hour: Ring::new(HOUR),
            day: Ring::new(DAY),
        }
    }
}

impl<const N: usize> Series<N> {
    /// Most memory that one takes.
    #[cfg(test)]
    pub(crate) const MOST_BYTES: usize = (HOUR + DAY) * size_of::<[f32; N]>();

    /// Adds a slot that is over. When the clock was set back, what lies after it is forgotten.
    pub(crate) fn push(&mut self, slot: i64, value: [f32; N]) {
        let minute = minute_of(slot);
        if let Some(before) = self.hour.newest().map(minute_of)
            && before < minute
        {
            self.day.push(before, self.minute(before));
        }
        self.day.forget_from(minute);
        self.hour.push(slot, value);
    }

    /// The mean of a minute's slots.
    fn minute(&self, minute: i64) -> [f32; N] {
        let first = minute.saturating_mul(PER_MINUTE);
        Mean::of(self.hour.between(first, first.saturating_add(PER_MINUTE - 1)).1)
    }

    /// What one slot of the hour was; `None` when nothing is known of it.
    pub(crate) fn at(&self, slot: i64) -> Option<[f32; N]> {
        let (first, mut values) = self.hour.between(slot, slot);
        values.next().filter(|_| first == slot)
    }

    /// When the newest slot ended.
    pub(crate) fn ends(&self) -> Option<Millis> {
        self.hour
            .newest()
            .map(|slot| Millis(slot.saturating_add(1).saturating_mul(SLOT_MS)))
    }

    /// What was, up to now. The last minute of a day may not be over.
    pub(crate) fn past(&self, span: UsageSpan, now: Millis) -> Past<N> {
        let slot = slot_of(now);
        let at = |place: i64, length: i64| Millis(place.saturating_mul(length));
        match span {
            UsageSpan::Hour => {
                let (first, values) = self
                    .hour
                    .between(slot.saturating_sub(HOUR as i64), slot.saturating_sub(1));
                Past {
                    begins: at(first, SLOT_MS),
                    values: values.collect(),
                }
            }
            UsageSpan::Day => {
                let minute = minute_of(slot);
                let oldest = minute.saturating_sub(DAY as i64 - 1);
                let (mut first, values) = self.day.between(oldest, minute);
                let mut values: Vec<_> = values.collect();
                // The minute that the newest slot lies in is not among the day's yet.
                let open = self.hour.newest().map(minute_of);
                if let Some(open) = open.filter(|open| (oldest..=minute).contains(open)) {
                    if values.is_empty() {
                        first = open;
                    }
                    let known = i64::try_from(values.len()).unwrap_or(i64::MAX);
                    let next = first.saturating_add(known);
                    (next..open).for_each(|_| values.push([f32::NAN; N]));
                    values.push(self.minute(open));
                }
                Past {
                    begins: at(first, SLOT_MS * PER_MINUTE),
                    values,
                }
            }
        }
    }

    /// Memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.hour.bytes() + self.day.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const START: i64 = 340_000_000;

    fn now_after(slot: i64) -> Millis {
        Millis((slot + 1) * SLOT_MS)
    }

    /// Values with their place, without what is not known.
    fn known(past: &Past<1>, length: i64) -> BTreeMap<i64, f32> {
        let first = past.begins.0 / length;
        let places = past.values.iter().enumerate();
        places
            .filter(|(_, value)| !value[0].is_nan())
            .map(|(n, value)| (first + n as i64, value[0]))
            .collect()
    }

    proptest! {
        // Each is a long life of its own.
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Against a plain map of all slots: steps go on, skip, or set the clock back.
        #[test]
        fn the_past_is_what_was_pushed_and_minutes_are_means_of_their_slots(
            steps in proptest::collection::vec((prop_oneof![8 => 1_i64..3, 1 => 3_i64..2000, 1 => -40_i64..1], 0_f32..100.0), 1..1500),
        ) {
            let mut series = Series::<1>::default();
            let mut all = BTreeMap::new();
            let mut minutes = BTreeMap::<i64, f32>::new();
            let mut slot = START;
            let mean = |all: &BTreeMap<i64, f32>, minute: i64| {
                let of: Vec<f64> = all.range(minute * 12..(minute + 1) * 12).map(|(_, v)| f64::from(*v)).collect();
                (!of.is_empty()).then(|| (of.iter().sum::<f64>() / of.len() as f64) as f32)
            };
            for (step, value) in steps {
                let before = slot;
                slot += step;
                if minute_of(before) < minute_of(slot)
                    && let Some(mean) = mean(&all, minute_of(before))
                {
                    minutes.insert(minute_of(before), mean);
                    // The same of the day.
                    minutes = minutes.split_off(&(minute_of(before) - DAY as i64 + 1));
                }
                all.split_off(&slot);
                minutes.split_off(&minute_of(slot));
                all.insert(slot, value);
                // What the ring has let go is no part of a mean that is made later.
                all = all.split_off(&(slot - HOUR as i64 + 1));
                series.push(slot, [value]);
                prop_assert!(series.hour.bytes() <= HOUR * 4 && series.day.bytes() <= DAY * 4);
            }
            let hour = series.past(UsageSpan::Hour, now_after(slot));
            prop_assert!(hour.values.len() <= HOUR);
            prop_assert_eq!(known(&hour, SLOT_MS), all.clone());
            if let Some(mean) = mean(&all, minute_of(slot)) {
                minutes.insert(minute_of(slot), mean);
            }
            // Now is when the newest slot ended, which may be the beginning of a minute.
            let minutes = minutes.split_off(&(minute_of(slot + 1) - DAY as i64 + 1));
            let day = series.past(UsageSpan::Day, now_after(slot));
            prop_assert!(day.values.len() <= DAY);
            let day = known(&day, SLOT_MS * 12);
            prop_assert_eq!(day.keys().collect::<Vec<_>>(), minutes.keys().collect::<Vec<_>>());
            for (minute, mean) in minutes {
                prop_assert!((day[&minute] - mean).abs() < 0.001);
            }
        }
    }

    #[test]
    fn gaps_are_gaps_and_what_is_older_than_the_span_is_gone() {
        let mut series = Series::<1>::default();
        series.push(START, [1.0]);
        series.push(START + 3, [4.0]);
        let past = series.past(UsageSpan::Hour, now_after(START + 3));
        assert_eq!(past.begins, Millis(START * SLOT_MS));
        let shown: Vec<_> = past.values.iter().map(|[v]| (!v.is_nan()).then_some(*v)).collect();
        assert_eq!(shown, [Some(1.0), None, None, Some(4.0)]);
        let later = Millis(now_after(START).0 + 3_600_000);
        assert_eq!(
            series.past(UsageSpan::Hour, later).values.len(),
            3,
            "the first is an hour old"
        );
        let day = series.past(UsageSpan::Day, later);
        assert_eq!(day.values.len(), 1);
        assert_eq!(day.values[0], [2.5]);
        let tomorrow = Millis(now_after(START).0 + 25 * 3_600_000);
        assert!(series.past(UsageSpan::Hour, tomorrow).values.is_empty());
        assert!(series.past(UsageSpan::Day, tomorrow).values.is_empty());
    }

    #[test]
    fn full_it_takes_what_it_says_and_never_more() {
        let mut series = Series::<6>::default();
        assert_eq!(series.bytes(), 0, "nothing before there is something");
        for slot in 0..(DAY as i64 * PER_MINUTE + 5000) {
            series.push(START + slot, [1.0; 6]);
            assert!(series.bytes() <= Series::<6>::MOST_BYTES);
        }
        assert_eq!(series.bytes(), Series::<6>::MOST_BYTES);
        assert_eq!(Series::<6>::MOST_BYTES, 51_840);
    }
}
