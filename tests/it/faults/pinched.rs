//! Too few descriptors, too little memory, hardly any processor, or stopped altogether: slower, and nothing is lost.

use std::{fs, path::PathBuf, time::Duration};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use super::{
    audit::audit,
    load::{Load, MANY},
    report, told_once,
};
use crate::support::{chance, db::Fresh};

const EVERY: Duration = Duration::from_millis(50);

short!(run(1), sqlite);
long!(run(30), sqlite, postgres);

/// A control group of version 1 or nothing, removed with the value.
struct Group(PathBuf);

impl Group {
    fn make(controller: &str, limit: &str, value: &str) -> Option<Self> {
        let folder = PathBuf::from(format!("/sys/fs/cgroup/{controller}/lotline-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).ok()?;
        let group = Self(folder);
        fs::write(group.0.join(limit), value).ok()?;
        Some(group)
    }

    fn take(&self, process: Pid) {
        fs::write(self.0.join("cgroup.procs"), process.as_raw_nonzero().to_string()).unwrap();
    }

    /// What starts a program in it.
    fn entered(&self) -> Vec<String> {
        let script = format!(r#"echo $$ > {}/cgroup.procs && exec "$@""#, self.0.display());
        ["/bin/sh", "-c", &script, "sh"].map(str::to_owned).to_vec()
    }

    /// Its process goes back to where everybody is.
    fn release(self, process: Pid) {
        let everybody = self.0.parent().unwrap().join("cgroup.procs");
        fs::write(everybody, process.as_raw_nonzero().to_string()).unwrap();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(fs::remove_dir(&self.0));
    }
}

/// Of the open files. What is allowed at most stays: raising that again is a privilege.
fn limit(process: Pid, descriptors: Rlimit) {
    prlimit(Some(process), Resource::Nofile, descriptors).unwrap();
}

/// Lost: whatever was under way when the machine became too small.
async fn run(db: Fresh, seconds: u64) {
    let time = Duration::from_secs(seconds);
    let seed = chance::seed();
    let engine = db.engine();
    let mut desk = told_once(db, seed).await;
    let mut load = Load::start(&desk.vendors.remote, MANY, EVERY);
    let process = desk.pid();
    let mut done = Vec::new();

    kill_process(process, Signal::STOP).unwrap();
    tokio::time::sleep(time).await;
    kill_process(process, Signal::CONT).unwrap();
    load.until_taken(20).await;
    done.push("stopped and continued");

    if let Some(group) = Group::make("cpu", "cpu.cfs_quota_us", "20000") {
        group.take(process);
        tokio::time::sleep(time).await;
        group.release(process);
        load.until_taken(20).await;
        done.push("a fifth of a processor");
    } else {
        done.push("a fifth of a processor: not possible on this machine");
    }
    if let Some(group) = Group::make("memory", "memory.limit_in_bytes", "64M") {
        // What it had before is not counted in a group, so it begins there.
        desk.kill();
        desk.under = group.entered();
        desk.start().await;
        tokio::time::sleep(time).await;
        load.until_taken(20).await;
        group.release(desk.pid());
        done.push("64 MiB of memory");
    } else {
        done.push("64 MiB of memory: not possible on this machine");
    }
    let process = desk.pid();
    // Last: the agent is out of reach meanwhile, and its breaker hands customers to people for a while after.
    let plenty = getrlimit(Resource::Nofile);
    limit(process, Rlimit { current: Some(30), ..plenty });
    tokio::time::sleep(time).await;
    limit(process, Rlimit { current: plenty.maximum, ..plenty });
    load.until_taken(20).await;
    done.push("30 descriptors");
    let texts = load.end().await;
    let audit = audit(&mut desk).await;
    let done = format!("{}; {time:.0?} each under 20 texts/s, {texts} texts", done.join(", "));
    report::row("pinched", engine, &done, &audit.told());
    desk.remove().await;
}
