//! A directory that is removed when the last process that uses it is gone.
//!
//! A process of its own waits for that: the sweeper. It reads the end of a pipe to which nobody writes, and whose other
//! end all inherit that use the directory. It also makes the directory, so that there is none without a sweeper.

use std::fs;
use std::io::{BufRead, BufReader, PipeWriter};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::user::User;
use crate::{poll, unique};

/// It outlives one to whom it cannot answer any more.
const SWEEPER: &str = r#"
trap "" PIPE
mkdir -m 700 "$1" || exit
echo made
cat >/dev/null
rm -rf "$1"
"#;

pub(crate) struct Directory {
    path: PathBuf,
    user: Option<User>,
    sweeper: Child,
}

impl Directory {
    /// A new directory in `base`, and what those inherit who use it.
    pub fn new(base: &Path, prefix: &str) -> (Self, PipeWriter) {
        let failed = |error: &dyn std::fmt::Display| -> ! {
            panic!(
                "no directory for a test server in {}: {error}",
                base.display()
            )
        };
        fs::create_dir_all(base).unwrap_or_else(|error| failed(&error));
        let base = base.canonicalize().unwrap_or_else(|error| failed(&error));
        let path = base.join(unique(prefix));

        let (reader, writer) = std::io::pipe().unwrap_or_else(|error| failed(&error));
        let mut sweeper = Command::new("sh")
            .args(["-c", SWEEPER, "factos-test-server"])
            .arg(&path)
            .current_dir("/")
            // Ctrl-C goes to a whole group of processes: this one ends by itself, as the last.
            .process_group(0)
            .stdin(reader)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| failed(&error));
        let mut answer = String::new();
        let answered = sweeper.stdout.take().expect("stdout is piped");
        let read = BufReader::new(answered).read_line(&mut answer);
        if read.is_err() || answer != "made\n" {
            failed(&"it cannot be made");
        }

        let owner = fs::metadata(&path)
            .unwrap_or_else(|error| failed(&error))
            .uid();
        let user = (owner == 0).then(User::ordinary);
        if let Some(user) = user {
            user.own(&path);
        }
        (
            Self {
                path,
                user,
                sweeper,
            },
            writer,
        )
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose it is; nobody's but this process's user's, unless that is root.
    pub fn user(&self) -> Option<User> {
        self.user
    }

    /// Writes a file that its user can read and change.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path.join(file);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(user) = self.user {
            user.own(&path);
        }
    }

    /// Whether it is gone, after waiting for that.
    pub fn is_swept(&mut self) -> bool {
        poll::until(|| self.sweeper.try_wait().ok().flatten()).is_some()
    }
}
