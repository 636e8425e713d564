//! The file of a process's records, which outlives it: one JSON line a record.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The file of one process's records. Those whose work it takes over come first in the order of names.
pub fn path(directory: &Path, name: &str, number: u32) -> PathBuf {
    directory.join(format!("{name}-{number:06}.records"))
}

/// Appends records to a new file, each by one write, so that a `kill -9` loses none that was written.
pub struct Recorder<R> {
    file: File,
    records: PhantomData<fn(R)>,
}

impl<R: Serialize> Recorder<R> {
    /// A new file, with its first record.
    pub fn create(path: &Path, first: &R) -> Self {
        let mut options = File::options();
        let file = options.create_new(true).append(true).open(path);
        let recorder = Self {
            file: file.expect("the file of records is new"),
            records: PhantomData,
        };
        recorder.write(first);
        recorder
    }

    pub fn write(&self, record: &R) {
        let mut line = serde_json::to_vec(record).expect("records are json");
        line.push(b'\n');
        let mut file = &self.file;
        file.write_all(&line).expect("the file takes records");
    }
}

/// The records of a file; the last one is left out if it was torn when its process was killed.
///
/// # Panics
/// When another one is broken.
pub fn read<R: DeserializeOwned>(path: &Path) -> impl Iterator<Item = R> + use<R> {
    let file = File::open(path).expect("the file of records is there");
    let mut torn = None;
    BufReader::new(file).split(b'\n').filter_map(move |line| {
        let line = line.expect("the file can be read");
        assert_eq!(torn, None, "only the last record can be torn");
        let record = serde_json::from_slice(&line);
        torn = record.as_ref().err().map(ToString::to_string);
        record.ok()
    })
}

#[test]
fn a_torn_record_is_left_out() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("records");
    let recorder = Recorder::create(&path, &1);
    (&recorder.file)
        .write_all(b"\"Answ")
        .expect("it takes half a record");
    let found: Vec<i32> = read(&path).collect();
    assert_eq!(found, [1]);
}

#[test]
#[should_panic(expected = "only the last record can be torn")]
fn a_broken_record_in_the_middle_is_noticed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("records");
    let recorder = Recorder::create(&path, &1);
    (&recorder.file)
        .write_all(b"\"Ans\n")
        .expect("it takes half a record");
    recorder.write(&2);
    read::<i32>(&path).for_each(drop);
}
