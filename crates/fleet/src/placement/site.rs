//! An engine while copies are placed on it.
use super::Candidate;
use super::wish::Wish;
use shipyard_model::deploy::SkipReason;
use shipyard_model::{Capacity, EngineId};

/// An engine while copies are placed on it.
pub(super) struct Site<'c> {
    pub(super) candidate: &'c Candidate,
    /// Why it does not come into question, whatever room it has.
    pub(super) excluded: Option<SkipReason>,
    /// Whether affinity was asked for it.
    asked: bool,
    /// What is reserved on it, with the copies that it got.
    pub(super) reserved: Capacity,
    /// Containers of this name that it had before.
    pub(super) here: u32,
    /// Whether any of its containers has a name that begins like that of the copies.
    pub(super) alike: bool,
    /// Copies that it got.
    pub(super) copies: u32,
}

impl<'c> Site<'c> {
    pub(super) fn new(candidate: &'c Candidate, wish: &Wish<'_>) -> Self {
        let alike = candidate.names_like(&wish.base).next().is_some();
        Self {
            candidate,
            excluded: wish.excludes(candidate),
            asked: false,
            reserved: candidate.reserved,
            // Most engines have none, which their names tell without a look at each container.
            here: if alike { wish.here(candidate) } else { 0 },
            alike,
            copies: 0,
        }
    }

    /// Asks affinity, once, whether its containers speak against it.
    pub(super) fn ask(&mut self, wish: &Wish<'_>) {
        if !self.asked && self.excluded.is_none() {
            self.excluded = wish.keeps_away(self.candidate);
        }
        self.asked = true;
    }

    /// By name as people order them: of equals the first gets a copy.
    pub(super) fn by_name(&self) -> (Vec<u8>, &'c EngineId) {
        (crate::order::key(self.candidate.name.as_str()), &self.candidate.id)
    }

    /// Why it takes no (further) copy; `None` when it does.
    pub(super) fn refusal(&self, wish: &Wish<'_>) -> Option<SkipReason> {
        if self.excluded.is_some() {
            return self.excluded.clone();
        }
        if wish.alone && self.copies > 0 {
            return Some(SkipReason::With {
                name: wish.base.clone(),
            });
        }
        if let Some(most) = wish.request.most_per_engine
            && self.all() >= u32::from(most)
        {
            return Some(SkipReason::MostPerEngine { most });
        }
        let (has, want) = (self.candidate.capacity, &wish.request.spec);
        let free = has.cpus.saturating_sub(self.reserved.cpus);
        if want.cpus.nanos() > 0 && want.cpus > free {
            return Some(SkipReason::Cpus { free, of: has.cpus });
        }
        let free = has.memory.saturating_sub(self.reserved.memory);
        if want.memory.get() > 0 && want.memory > free {
            return Some(SkipReason::Memory { free, of: has.memory });
        }
        want.ports.iter().find_map(|wanted| {
            let port = wanted.host?;
            if self.copies > 0 {
                // The copy that was placed here has it.
                return Some(SkipReason::Port {
                    port,
                    by: wish.base.clone(),
                });
            }
            let taken = self.candidate.ports.iter().find(|taken| taken.clashes(wanted))?;
            Some(SkipReason::Port {
                port,
                by: taken.by.clone(),
            })
        })
    }

    /// The same, once nothing else is asked of it.
    pub(super) fn into_refusal(mut self, wish: &Wish<'_>) -> Option<SkipReason> {
        self.excluded.take().or_else(|| self.refusal(wish))
    }

    /// Whether it takes a (further) copy.
    pub(super) fn takes(&self, wish: &Wish<'_>) -> bool {
        // The words of why an engine is excluded are not needed here, and there are thousands of them.
        self.excluded.is_none() && self.refusal(wish).is_none()
    }

    pub(super) fn take(&mut self, wish: &Wish<'_>) {
        self.reserved.cpus += wish.request.spec.cpus;
        self.reserved.memory += wish.request.spec.memory;
        self.copies += 1;
    }

    /// Containers of this name, those that it had and those that it got.
    pub(super) fn all(&self) -> u32 {
        self.here.saturating_add(self.copies)
    }

    /// How full it is, in millionths: CPUs or memory, whichever is fuller.
    pub(super) fn fullness(&self) -> u128 {
        let share = |part: u64, of: u64| u128::from(part) * 1_000_000 / u128::from(of.max(1));
        let has = self.candidate.capacity;
        share(self.reserved.cpus.nanos(), has.cpus.nanos()).max(share(self.reserved.memory.get(), has.memory.get()))
    }
}
