//! Killed at the nth fsync, send or receive: between any two steps of a commit, a request or an answer.

use std::time::Duration;

use super::{
    audit::audit,
    load::{Load, MANY},
    report, told_once,
};
use crate::support::{chance, db::Fresh};

/// A tracer makes the daemon slow.
const EVERY: Duration = Duration::from_millis(40);
const CALLS: [&str; 3] = ["fdatasync,fsync", "sendto,write,writev,sendmsg,pwrite64", "recvfrom,read,recvmsg"];
/// A daemon that makes fewer calls in this time is killed as well.
const PATIENCE: Duration = Duration::from_secs(8);

long!(run(40), sqlite, postgres);

fn tracer_works() -> bool {
    let traced = std::process::Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    traced.is_ok_and(|output| output.status.success())
}

/// What runs the daemon and kills it as it makes its `nth` of these calls. The tracer stands aside, so that the daemon and
/// not the tracer is our child, to be killed when there are not so many.
fn killed_at(calls: &str, nth: usize) -> Vec<String> {
    let inject = format!("inject={calls}:signal=SIGKILL:when={nth}");
    let line = format!("strace -D -f -qq -o /dev/null -e trace={calls} -e {inject}");
    line.split(' ').map(str::to_owned).collect()
}

/// Lost: what was between two steps when the daemon died.
async fn run(db: Fresh, times: usize) {
    let engine = db.engine();
    if !tracer_works() {
        report::row(
            "syscall",
            engine,
            "not possible on this machine: strace is not there or may not trace",
            "nothing",
        );
        return db.remove().await;
    }
    let seed = chance::seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut desk = told_once(db, seed).await;
    let load = Load::start(&desk.vendors.remote, MANY, EVERY);
    desk.kill();
    let mut hit = 0;
    for calls in CALLS {
        for _ in 0..times {
            let nth = if calls.starts_with('f') { rng.usize(1..60) } else { rng.usize(1..600) };
            desk.under = killed_at(calls, nth);
            hit += usize::from(desk.live_until_killed(PATIENCE).await);
        }
    }
    assert!(hit >= times, "killed {hit} times: two of the three calls are made on every engine");
    desk.under.clear();
    desk.start().await;
    let texts = load.end().await;
    let audit = audit(&mut desk).await;
    let done =
        format!("{hit} × killed at the nth fsync, send or receive (of {} starts), {texts} texts", 3 * times);
    report::row("syscall", engine, &done, &audit.told());
    desk.remove().await;
}
