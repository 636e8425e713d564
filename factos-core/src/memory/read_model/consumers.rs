//! What is known of those who keep rows: who runs each version, how far it has come, what it has parked.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::position::Position;
use crate::read_model::{Claim, Consumer, ConsumerVersion, GoLive, Lease, Parked, Phase, Renewal};

/// A time by the read model's clock: how long after it was made.
pub(super) type Moment = Duration;

#[derive(Debug, Clone, Default)]
pub(super) struct Consumers {
    known: BTreeMap<(String, u32), Version>,
    /// Higher than all tokens that were given, also to versions that are forgotten.
    next_token: i64,
}

#[derive(Debug, Clone)]
struct Version {
    phase: Phase,
    checkpoint: Checkpoint,
    /// Of the lease that was taken last.
    token: i64,
    owner: Uuid,
    leased_until: Moment,
    parked: BTreeMap<Position, Parked>,
}

impl Consumers {
    /// Why the lease cannot be taken.
    pub(super) fn refusal(&self, consumer: &Consumer, owner: Uuid, now: Moment) -> Option<Claim> {
        if let Some(by) = self.live(&consumer.name)
            && by > consumer.version
        {
            return Some(Claim::Superseded { by });
        }
        let version = self.version(&consumer.name, consumer.version)?;
        let is_taken = version.leased_until > now && version.owner != owner;
        is_taken.then_some(Claim::Taken {
            position: version.checkpoint.position,
        })
    }

    /// Takes the lease, if it is free. A retired version, above which none is live any more, goes on where it was.
    pub(super) fn claim(
        &mut self,
        consumer: &Consumer,
        owner: Uuid,
        time: Duration,
        now: Moment,
    ) -> Claim {
        if let Some(refused) = self.refusal(consumer, owner, now) {
            return refused;
        }
        let token = self.new_token();
        let key = (consumer.name.clone(), consumer.version);
        let version = self.known.entry(key).or_insert_with(|| Version {
            phase: Phase::New,
            checkpoint: consumer.start,
            token,
            owner,
            leased_until: now,
            parked: BTreeMap::new(),
        });
        if version.phase == Phase::Retired {
            version.phase = Phase::Building;
        }
        version.token = token;
        version.owner = owner;
        version.leased_until = now.saturating_add(time);
        Claim::Held {
            lease: Lease {
                name: consumer.name.clone(),
                version: consumer.version,
                token,
                time,
            },
            checkpoint: version.checkpoint,
            phase: version.phase,
        }
    }

    pub(super) fn renew(&mut self, lease: &Lease, now: Moment) -> Renewal {
        let Some(version) = self.held(lease) else {
            return Renewal::Lost;
        };
        version.leased_until = now.saturating_add(lease.time);
        let retries = version.parked.values().any(|parked| parked.is_to_retry);
        Renewal::Held {
            position: version.checkpoint.position,
            retries,
        }
    }

    /// Gives the lease back, and makes it void: whoever still has it must not write any more.
    pub(super) fn release(&mut self, lease: &Lease) {
        let token = self.new_token();
        let version = self.version_mut(&lease.name, lease.version);
        if let Some(version) = version.filter(|version| version.token == lease.token) {
            version.token = token;
            version.leased_until = Moment::ZERO;
        }
    }

    pub(super) fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
        now: Moment,
    ) -> bool {
        let there = |at: Checkpoint| at.position == from && at.log == to.log;
        let version = self.held(lease).filter(|version| there(version.checkpoint));
        let Some(version) = version else {
            return false;
        };
        version.checkpoint = to;
        version.leased_until = now.saturating_add(lease.time);
        true
    }

    pub(super) fn versions(&self, name: &str, now: Moment) -> Vec<ConsumerVersion> {
        let version = |(number, version): (u32, &Version)| ConsumerVersion {
            version: number,
            phase: version.phase,
            checkpoint: version.checkpoint,
            is_leased: version.leased_until > now,
            parked: version.parked.len() as u64,
        };
        self.of(name).map(version).collect()
    }

    pub(super) fn set_up(&mut self, lease: &Lease) -> Option<Phase> {
        let live = self.live(&lease.name);
        let own = self.held(lease)?;
        own.phase = match live {
            Some(other) if other > lease.version => return None,
            Some(other) if other < lease.version => Phase::Building,
            _ => Phase::Live,
        };
        Some(own.phase)
    }

    pub(super) fn go_live(&mut self, lease: &Lease) -> GoLive {
        let Some((phase, reached)) = self.held(lease).map(|own| (own.phase, own.checkpoint)) else {
            return GoLive::Lost;
        };
        if phase == Phase::Live {
            return GoLive::Live;
        }
        if let Some(other) = self.live(&lease.name) {
            if other > lease.version {
                return GoLive::Lost;
            }
            let ahead = self.version(&lease.name, other);
            // Positions of two logs say nothing about each other.
            if let Some(ahead) = ahead.map(|other| other.checkpoint)
                && ahead.log == reached.log
                && ahead.position > reached.position
            {
                return GoLive::Behind(ahead.position);
            }
        }
        self.retire_below(&lease.name, lease.version);
        if let Some(own) = self.held(lease) {
            own.phase = Phase::Live;
        }
        GoLive::Live
    }

    /// Those that are new have nothing yet that is to be dropped.
    fn retire_below(&mut self, name: &str, version: u32) {
        let is_below = |key: &(String, u32)| key.0 == name && key.1 < version;
        self.known
            .retain(|key, below| !is_below(key) || below.phase != Phase::New);
        for (_, below) in self.known.iter_mut().filter(|(key, _)| is_below(key)) {
            below.phase = Phase::Retired;
            below.leased_until = Moment::ZERO;
        }
    }

    pub(super) fn retired(&self, name: &str) -> Vec<u32> {
        let retired = self.of(name);
        let retired = retired.filter(|(_, version)| version.phase == Phase::Retired);
        retired.map(|(number, _)| number).collect()
    }

    /// `false` when it is not known.
    pub(super) fn forget(&mut self, name: &str, version: u32) -> bool {
        self.known.remove(&(name.to_owned(), version)).is_some()
    }

    pub(super) fn parked(&self, name: &str, version: u32) -> Vec<Parked> {
        let version = self.version(name, version);
        version.map_or_else(Vec::new, |version| {
            version.parked.values().cloned().collect()
        })
    }

    pub(super) fn park(&mut self, lease: &Lease, parked: &Parked) {
        let Some(version) = self.held(lease) else {
            return;
        };
        let known = version.parked.entry(parked.position);
        known
            .and_modify(|known| {
                known.error.clone_from(&parked.error);
                known.attempts = parked.attempts;
                known.at = parked.at;
                known.is_to_retry = false;
            })
            .or_insert_with(|| parked.clone());
    }

    pub(super) fn unpark(&mut self, lease: &Lease, position: Position) -> bool {
        let version = self.held(lease);
        version.is_some_and(|version| version.parked.remove(&position).is_some())
    }

    pub(super) fn retry(&mut self, name: &str, version: u32, position: Position) -> bool {
        let version = self.version_mut(name, version);
        let parked = version.and_then(|version| version.parked.get_mut(&position));
        parked.map(|parked| parked.is_to_retry = true).is_some()
    }

    pub(super) fn drop_parked(&mut self, name: &str, version: u32, position: Position) -> bool {
        let version = self.version_mut(name, version);
        version.is_some_and(|version| version.parked.remove(&position).is_some())
    }

    /// The version of a lease, unless it is lost.
    fn held(&mut self, lease: &Lease) -> Option<&mut Version> {
        let version = self.version_mut(&lease.name, lease.version)?;
        let is_held = version.token == lease.token && version.phase != Phase::Retired;
        is_held.then_some(version)
    }

    /// The version that is live.
    fn live(&self, name: &str) -> Option<u32> {
        let mut versions = self.of(name);
        let live = versions.find(|(_, version)| version.phase == Phase::Live);
        live.map(|(number, _)| number)
    }

    fn version(&self, name: &str, version: u32) -> Option<&Version> {
        self.known.get(&(name.to_owned(), version))
    }

    fn version_mut(&mut self, name: &str, version: u32) -> Option<&mut Version> {
        self.known.get_mut(&(name.to_owned(), version))
    }

    /// The versions of a name, the lowest first.
    fn of<'k>(&'k self, name: &'k str) -> impl Iterator<Item = (u32, &'k Version)> {
        let known = self.known.iter().filter(move |(key, _)| key.0 == name);
        known.map(|(key, version)| (key.1, version))
    }

    fn new_token(&mut self) -> i64 {
        self.next_token += 1;
        self.next_token
    }
}
