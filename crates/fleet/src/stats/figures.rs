//! A measurement as the figures that are kept, and means of them. `NAN` stands for what is not known.
use shipyard_model::Bytes;
use shipyard_model::stream::Sample;

/// Of one container: CPU in percent, memory in bytes, bytes a second received, sent, read, written.
pub(crate) type One = [f32; 6];

/// Of several containers: the sums of the same, then how many were counted and how many ran.
pub(crate) type Sum = [f32; 8];

/// Where a [`Sum`] says how many were counted.
pub(crate) const COUNTED: usize = 6;

/// What a measurement says, with the one before it: Docker counts bytes from a container's start on. A count that fell began
/// anew, and tells no rate.
pub(crate) fn figures(before: Option<&Sample>, now: &Sample) -> One {
    let rate = |take: fn(&Sample) -> Bytes| {
        let Some(before) = before.filter(|before| now.at > before.at) else {
            return f32::NAN;
        };
        match take(now).get().checked_sub(take(before).get()) {
            Some(bytes) => (bytes as f64 * 1000.0 / now.at.since(before.at) as f64) as f32,
            None => f32::NAN,
        }
    };
    [
        now.cpu_percent,
        now.memory.get() as f32,
        rate(|it| it.net_in),
        rate(|it| it.net_out),
        rate(|it| it.disk_read),
        rate(|it| it.disk_write),
    ]
}

/// A mean of what is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mean<const N: usize> {
    sums: [f64; N],
    counts: [u32; N],
}

impl<const N: usize> Default for Mean<N> {
    fn default() -> Self {
        Self {
            sums: [0.0; N],
            counts: [0; N],
        }
    }
}

impl<const N: usize> Mean<N> {
    /// Of several.
    pub(crate) fn of(all: impl IntoIterator<Item = [f32; N]>) -> [f32; N] {
        let mut mean = Self::default();
        all.into_iter().for_each(|one| mean.add(one));
        mean.value()
    }

    pub(crate) fn add(&mut self, values: [f32; N]) {
        for ((sum, count), value) in self.sums.iter_mut().zip(&mut self.counts).zip(values) {
            if value.is_finite() {
                *sum += f64::from(value);
                *count += 1;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    pub(crate) fn value(&self) -> [f32; N] {
        let mut values = [f32::NAN; N];
        for ((value, sum), count) in values.iter_mut().zip(self.sums).zip(self.counts) {
            if count > 0 {
                *value = (sum / f64::from(count)) as f32;
            }
        }
        values
    }
}

/// A sum of what is known of containers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Adding {
    sums: [f64; 6],
    any: [bool; 6],
    /// How many were added.
    pub(crate) counted: u32,
}

impl Adding {
    pub(crate) fn add(&mut self, one: &One) {
        self.counted = self.counted.saturating_add(1);
        for ((sum, any), value) in self.sums.iter_mut().zip(&mut self.any).zip(one) {
            if value.is_finite() {
                *sum += f64::from(*value);
                *any = true;
            }
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.counted = self.counted.saturating_add(other.counted);
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
        for (any, more) in self.any.iter_mut().zip(other.any) {
            *any |= more;
        }
    }

    /// The sum, of so many that run. Where nothing runs, nothing is used: that is known without measuring.
    pub(crate) fn value(&self, running: u32) -> Sum {
        let mut values = [f32::NAN; 8];
        for ((value, sum), any) in values.iter_mut().zip(self.sums).zip(self.any) {
            if any || running == 0 {
                *value = sum as f32;
            }
        }
        let [.., counted, all] = &mut values;
        (*counted, *all) = (self.counted as f32, running as f32);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Millis;

    #[test]
    fn counts_become_rates_and_a_new_start_tells_none() {
        let at = |ms, bytes| Sample {
            at: Millis(ms),
            net_in: Bytes::new(bytes),
            ..Sample::default()
        };
        assert_eq!(figures(Some(&at(1000, 100)), &at(3000, 500))[2], 200.0);
        assert!(figures(Some(&at(1000, 100)), &at(3000, 50))[2].is_nan());
        assert!(figures(Some(&at(3000, 100)), &at(3000, 500))[2].is_nan());
        assert!(figures(None, &at(3000, 500))[2].is_nan());
    }

    #[test]
    fn what_is_not_known_is_left_out_of_means_and_sums() {
        assert_eq!(Mean::of([[1.0, f32::NAN], [3.0, 4.0]]), [2.0, 4.0]);
        assert!(Mean::<1>::default().is_empty());
        assert!(Mean::<1>::of([])[0].is_nan());
        let mut sum = Adding::default();
        sum.add(&[1.0, 2.0, f32::NAN, f32::NAN, 5.0, f32::NAN]);
        sum.add(&[1.0, 2.0, f32::NAN, 4.0, f32::NAN, f32::NAN]);
        let value = sum.value(3);
        assert_eq!((value[0], value[1], value[3], value[4]), (2.0, 4.0, 4.0, 5.0));
        assert!(value[2].is_nan() && value[5].is_nan());
        assert_eq!((value[COUNTED], value[7]), (2.0, 3.0));
        assert_eq!(Adding::default().value(0), [0.0; 8]);
    }
}
