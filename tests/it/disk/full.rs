//! A disk that is full, fails, or is not the one it was.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

use super::{SOON, count, has_alarm, nothing_is_lost, writes};
use crate::support::{chance, eventually, killable::Desk, program::Running};

/// A small disk in memory; it needs the rights of root, as a container has them.
struct Disk(PathBuf);

impl Disk {
    fn mount(size: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lotline-disk-{}", Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        let mount = ["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(&folder).status().unwrap();
        assert!(mounted.success(), "a small disk cannot be mounted here: run the tests as root");
        Self(folder)
    }

    /// Takes all the room there is but `left` bytes.
    fn fill(&self, left: u64) -> PathBuf {
        let filler = self.0.join("filler");
        let mut file = File::options().create(true).append(true).open(&filler).unwrap();
        let block = vec![0; 1 << 16];
        while free(&self.0) > left && file.write_all(&block).is_ok() {}
        filler
    }
}

fn free(folder: &Path) -> u64 {
    let disk = rustix::fs::statvfs(folder).unwrap();
    disk.f_bavail * disk.f_frsize
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
        drop(fs::remove_dir(&self.0));
    }
}

/// Lost: texts that were acknowledged and are nowhere; or a desk that stays dead when there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_shows_everything_and_heals() {
    let disk = Disk::mount("100m");
    let (mut desk, admin) = Desk::open_at(&disk.0.join("lotline.db"), chance::seed()).await;
    assert!(writes(&desk, 0).await);
    for left in [0, 50 << 20] {
        let filler = disk.fill(left);
        // Some may be taken before the first look at the disk; they must be there in the end.
        let mut n = 1;
        while writes(&desk, n).await {
            n += 1;
            assert!(n < 100_000, "it takes texts for ever");
        }
        eventually(SOON, || has_alarm(&admin, "disk_full")).await;
        let lead = json!({"name": "Sam Example", "phone": "+17205550188"});
        assert_eq!(admin.post("/api/v1/leads", lead).await.problem(), (507, "storage_full".into()));
        let leads = admin.get("/api/v1/leads").await;
        assert_eq!(leads.status, 200);
        let lead = leads.json()["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.get(&format!("/api/v1/leads/{lead}")).await.status, 200, "reading goes on");
        let stream = admin.request(reqwest::Method::GET, "/api/v1/events").send().await.unwrap();
        assert_eq!(stream.status(), 200, "streams go on");
        let refused = desk.vendors.ledger().await.inbound.pop().unwrap();
        assert_eq!(refused.status, Some(503), "the carrier is told to come back");
        fs::remove_file(filler).unwrap();
        eventually(std::time::Duration::from_secs(5), || writes(&desk, 90)).await;
        eventually(SOON, async || !has_alarm(&admin, "disk_full").await).await;
        // The carrier brings it no second time: it is looked for.
        let db = crate::faults::audit::open(&desk).await;
        let fetched = format!("SELECT COUNT(*) FROM turns WHERE carrier_sid = '{}'", refused.sid).leak();
        eventually(SOON, async || count(&db, fetched).await == 1).await;
        db.close().await;
    }
    assert!(desk.terminate(SOON).await.success());
    nothing_is_lost(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

/// Lost: whatever is written to a file that has no name any more, all of it acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_replaced_stops_the_daemon() {
    for replace in [true, false] {
        let (mut desk, _) = Desk::open(chance::seed()).await;
        assert!(writes(&desk, 0).await);
        let (file, aside) = (desk.folder().join("lotline.db"), desk.folder().join("aside.db"));
        fs::rename(&file, &aside).unwrap();
        if replace {
            fs::write(&file, "another").unwrap();
        }
        let status = desk.ended(0, SOON).await;
        assert_eq!(status.code(), Some(4), "{}", desk.log());
        assert!(desk.log().contains("was removed or replaced while it was in use"), "{}", desk.log());
        fs::rename(&aside, &file).unwrap();
        desk.start().await;
        nothing_is_lost(&desk, &desk.vendors.ledger().await).await;
        desk.remove().await;
    }
}

/// Lost: an acknowledged text, since an fsync that failed once may say yes the next time without having written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_fsync_acknowledges_nothing_more() {
    let (mut desk, _) = Desk::open(chance::seed()).await;
    for n in 0..3 {
        assert!(writes(&desk, n).await);
    }
    let said = desk.folder().join("strace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-q", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p"]);
    strace
        .arg(desk.pid().as_raw_pid().to_string())
        .stderr(File::create(&said).unwrap())
        .stdout(Stdio::null());
    let strace = Running(strace.spawn().expect("strace is not here: apt-get install strace"));
    let tracer = format!("/proc/{}/status", desk.pid().as_raw_pid());
    let traced = || fs::read_to_string(&tracer).is_ok_and(|status| !status.contains("TracerPid:\t0"));
    eventually(SOON, async || traced()).await;
    assert!(!writes(&desk, 10).await, "nothing is acknowledged without the disk");
    let status = desk.ended(0, SOON * 2).await;
    drop(strace);
    assert_eq!(status.code(), Some(4), "{:?} {}", status.signal(), desk.log());
    assert!(desk.log().contains("the disk of the database failed"), "{}", desk.log());
    desk.start().await;
    nothing_is_lost(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

/// Lost: the disk's room, bit by bit, while somebody's shell holds an unfinished SELECT and nobody knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_a_reader_holds_is_told_of_and_shrinks_again() {
    let (desk, admin) = Desk::open(chance::seed()).await;
    let mut reader = SqliteConnection::connect(desk.url()).await.unwrap();
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    sqlx::query("SELECT COUNT(*) FROM users").fetch_one(&mut reader).await.unwrap();
    let mut writer = SqliteConnection::connect(desk.url()).await.unwrap();
    for sql in [
        "CREATE TABLE ballast (x BLOB)",
        "INSERT INTO ballast VALUES (zeroblob(72000000))",
        "DROP TABLE ballast",
    ] {
        sqlx::query(sql).execute(&mut writer).await.unwrap();
    }
    let log = desk.folder().join("lotline.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 64 << 20);
    eventually(SOON, || has_alarm(&admin, "wal_large")).await;
    assert!(writes(&desk, 0).await, "work goes on meanwhile");
    reader.close().await.unwrap();
    writer.close().await.unwrap();
    eventually(SOON * 2, async || !has_alarm(&admin, "wal_large").await).await;
    assert!(fs::metadata(&log).unwrap().len() <= 64 << 20);
    desk.remove().await;
}
