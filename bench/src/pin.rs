//! Which processor runs what: the daemon has the first to itself, the load comes from the last.

use std::{fs, io};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors of this process, as it was started.
pub(crate) struct Processors {
    all: CpuSet,
    first: usize,
    last: usize,
}

impl Processors {
    pub(crate) fn find() -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let usable = |cpu: &usize| all.is_set(*cpu);
        let first = (0..CpuSet::MAX_CPU).find(usable).unwrap_or(0);
        let last = (0..CpuSet::MAX_CPU).rev().find(usable).unwrap_or(first);
        Ok(Self { all, first, last })
    }

    /// How many, and what the kernel calls them.
    pub(crate) fn name(&self) -> io::Result<String> {
        let told = fs::read_to_string("/proc/cpuinfo")?;
        let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Ok(format!("{} × {}", self.all.count(), model.map_or("an unnamed processor", |(_, name)| name)))
    }

    /// With one processor daemon and load would share it, and every figure would be of both.
    pub(crate) fn are_two(&self) -> bool {
        self.first != self.last
    }

    /// Keeps this thread, and those it will start, on the load's processor.
    pub(crate) fn hold_load(&self) -> io::Result<()> {
        Ok(sched_setaffinity(None, &only(self.last))?)
    }

    /// What `start` starts runs on the daemon's processor.
    pub(crate) fn for_daemon<T>(&self, start: impl FnOnce() -> T) -> io::Result<T> {
        self.held(&only(self.first), start)
    }

    /// What `start` starts runs on every processor.
    pub(crate) fn for_all<T>(&self, start: impl FnOnce() -> T) -> io::Result<T> {
        self.held(&self.all, start)
    }

    /// A child inherits where its parent may run.
    fn held<T>(&self, set: &CpuSet, start: impl FnOnce() -> T) -> io::Result<T> {
        sched_setaffinity(None, set)?;
        let started = start();
        self.hold_load()?;
        Ok(started)
    }
}

fn only(cpu: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(cpu);
    set
}
