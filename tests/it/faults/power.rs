//! The power goes: what the disk had not been told to keep is gone. On a filesystem of its own that is switched off in the
//! middle, where the machine allows that.

use std::{path::PathBuf, process::Command, time::Duration};

use rustix::process::{Signal, kill_process};

use super::{
    audit::audit,
    load::{Load, MANY},
    report, told_once,
};
use crate::support::{chance, db::Fresh};

const EVERY: Duration = Duration::from_millis(18);
const SIZE: u64 = 1 << 30;

mod short {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite_on_ext4() {
        super::run("ext4", 2).await;
    }
}

mod long {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "long: tests/faults runs it"]
    async fn sqlite_on_ext4() {
        super::run("ext4", 30).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "long: tests/faults runs it"]
    async fn sqlite_on_xfs() {
        super::run("xfs", 30).await;
    }
}

/// A filesystem in a file, mounted. Unmounted and removed with the value.
struct Disk {
    folder: PathBuf,
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

impl Disk {
    /// `None` where it cannot be made or mounted: no right, no loop device, no program.
    fn make(kind: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("lotline-disk-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(folder.join("on")).unwrap();
        let disk = Self { folder };
        std::fs::File::create(disk.image()).unwrap().set_len(SIZE).unwrap();
        let made = succeeds(&format!("mkfs.{kind}"), &["-q", &disk.image()]);
        let has_switch = succeeds("xfs_io", &["-V"]);
        (made && has_switch && disk.mount()).then_some(disk)
    }

    fn image(&self) -> String {
        self.folder.join("image").display().to_string()
    }

    fn root(&self) -> PathBuf {
        self.folder.join("on")
    }

    fn mount(&self) -> bool {
        succeeds("mount", &["-o", "loop", &self.image(), &self.root().display().to_string()])
    }

    fn unmount(&self) -> bool {
        succeeds("umount", &[&self.root().display().to_string()])
    }

    /// Nothing more reaches the disk, not even its own log.
    fn cut(&self) {
        let cut = succeeds("xfs_io", &["-x", "-c", "shutdown", &self.root().display().to_string()]);
        assert!(cut, "the filesystem went on");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.unmount();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Lost: a text that the carrier was told we have.
async fn run(kind: &str, cuts: usize) {
    let Some(disk) = Disk::make(kind) else {
        report::row("power", kind, "not possible on this machine", "nothing");
        return;
    };
    let seed = chance::seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let db = Fresh::sqlite_at(&disk.root().join("lotline.db"));
    let mut desk = told_once(db, seed).await;
    let mut load = Load::start(&desk.vendors.remote, MANY, EVERY);
    for _ in 0..cuts {
        load.until_taken(rng.usize(10..60)).await;
        // The power goes for all at once: of a sync that the cut ends, this kernel may say that all went well, and nothing
        // shall be sent after that.
        kill_process(desk.pid(), Signal::STOP).unwrap();
        disk.cut();
        desk.kill();
        assert!(disk.unmount() && disk.mount(), "the disk came back");
        desk.start().await;
    }
    let texts = load.end().await;
    let audit = audit(&mut desk).await;
    let done =
        format!("{cuts} power cuts (filesystem shut down without its log) under 55 texts/s, {texts} texts");
    report::row("power", kind, &done, &audit.told());
    desk.remove().await;
}
