//! Random work: what is dispatched, and what is appended beside it.

use fastrand::Rng;

use crate::domain::*;
use crate::record::Work;

/// Which work there is.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    /// Accounts and rooms that all tasks use at the same time.
    pub hot: u64,
    /// After so many events others are hot.
    pub epoch: u64,
    /// Of a hundred keys, so many are cold.
    pub cold: u32,
    /// Of a thousand calls, so many change what all decide on.
    pub global: u32,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            hot: 3,
            epoch: 400,
            cold: 25,
            global: 15,
        }
    }
}

/// Where the numbers of cold keys begin.
const COLD: u64 = 1 << 40;
/// How many there are.
const COLD_KEYS: u64 = 400;

impl Mix {
    /// Work for the call `call`, when the log has come to `head`.
    pub fn work(&self, rng: &mut Rng, head: u64, call: u64) -> Work {
        if rng.u32(..1000) < self.global {
            return Work::Dispatch(global(rng, call));
        }
        let account = self.key(rng, head);
        let amount = rng.i64(1..30);
        let deposit = Deposit {
            account,
            amount,
            call,
        };
        Work::Dispatch(match rng.u32(..100) {
            0..14 => AnyCommand::Deposit(deposit),
            14..36 => AnyCommand::Withdraw(Withdraw {
                account,
                amount: amount / 2,
                call,
            }),
            36..50 => AnyCommand::Transfer(Transfer {
                from: account,
                to: self.key(rng, head),
                amount,
                call,
            }),
            50..58 => AnyCommand::WriteNote(WriteNote {
                account,
                text: rng.u32(..3),
                call,
            }),
            58..70 => AnyCommand::TakeSeats(self.seats(rng, head, call)),
            70..80 => AnyCommand::LeaveSeat(LeaveSeat {
                room: account,
                guest: guest(rng),
                call,
            }),
            80..86 => AnyCommand::Audit(Audit { account, call }),
            86..96 => AnyCommand::Risk(Risk {
                account,
                limit: *rng.choice(&[5, 20]).unwrap_or(&0),
                fuse: rng.u64(..4),
                micros: rng.u64(..8) / 7 * rng.u64(..600),
                call,
            }),
            _ => return Work::Append(appended(&deposit, rng)),
        })
    }

    /// A few keys are hot, and others are from time to time.
    fn key(&self, rng: &mut Rng, head: u64) -> u64 {
        if rng.u32(..100) < self.cold {
            return COLD + rng.u64(..COLD_KEYS);
        }
        head / self.epoch * self.hot + rng.u64(..self.hot)
    }

    fn seats(&self, rng: &mut Rng, head: u64, call: u64) -> TakeSeats {
        let mut rooms: Vec<u64> = (0..rng.u32(1..4)).map(|_| self.key(rng, head)).collect();
        rooms.sort_unstable();
        rooms.dedup();
        TakeSeats {
            rooms,
            guest: guest(rng),
            sponsor: rng.bool().then(|| self.key(rng, head)),
            call,
        }
    }
}

fn global(rng: &mut Rng, call: u64) -> AnyCommand {
    if rng.bool() {
        return AnyCommand::BeginDay(BeginDay { call });
    }
    let percent = rng.i64(0..3);
    AnyCommand::SetRate(SetRate { percent, call })
}

fn guest(rng: &mut Rng) -> u64 {
    rng.u64(..12)
}

/// One or two events that nobody has decided.
fn appended(deposit: &Deposit, rng: &mut Rng) -> Vec<BankEvent> {
    let &Deposit {
        account,
        amount,
        call,
    } = deposit;
    let deposited = BankEvent::Deposited {
        account,
        amount,
        call,
    };
    let noted = BankEvent::Noted {
        account,
        text: rng.u32(..3),
        call,
        saw: Trace(0),
    };
    if rng.bool() {
        vec![deposited, noted]
    } else {
        vec![deposited]
    }
}
