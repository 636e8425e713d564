//! What was measured on.

use std::fmt;
use std::fs::read_to_string;

use serde::Serialize;

use crate::proc_file::{bytes, field};

/// The machine that this process runs on; what the system does not tell is left out.
#[derive(Debug, Serialize)]
pub struct Machine {
    system: &'static str,
    cores: Option<usize>,
    processor: Option<String>,
    memory_bytes: Option<u64>,
    /// How many processes wanted to run on average, in the minute before it began.
    load: Option<f64>,
}

impl Machine {
    /// This machine, now.
    pub fn here() -> Self {
        let text = |path: &str| read_to_string(path).unwrap_or_default();
        let load = text("/proc/loadavg");
        Self {
            system: std::env::consts::OS,
            cores: std::thread::available_parallelism().ok().map(Into::into),
            processor: field(&text("/proc/cpuinfo"), "model name").map(Into::into),
            memory_bytes: bytes(&text("/proc/meminfo"), "MemTotal"),
            load: load.split(' ').next().and_then(|load| load.parse().ok()),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.system)?;
        if let Some(cores) = self.cores {
            write!(f, ", {cores} cores")?;
        }
        if let Some(processor) = &self.processor {
            write!(f, " of {processor}")?;
        }
        if let Some(bytes) = self.memory_bytes {
            let gibibytes = (bytes + (1 << 29)) >> 30;
            write!(f, ", {gibibytes} GiB of memory")?;
        }
        if let Some(load) = self.load {
            write!(f, ", load {load} before")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said() {
        let machine = Machine {
            system: "linux",
            cores: Some(2),
            processor: Some("Fast: 3 GHz".into()),
            memory_bytes: Some(8_165_000 << 10),
            load: Some(0.5),
        };
        let said = "linux, 2 cores of Fast: 3 GHz, 8 GiB of memory, load 0.5 before";
        assert_eq!(machine.to_string(), said);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let machine = Machine {
            system: "plan9",
            cores: None,
            processor: None,
            memory_bytes: None,
            load: None,
        };
        assert_eq!(machine.to_string(), "plan9");
    }
}
