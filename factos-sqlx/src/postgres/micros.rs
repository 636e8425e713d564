//! Times as PostgreSQL has them: microseconds since 2000.

use factos_core::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type, TypeInfo as _};

/// Between 1970 and 2000.
const EPOCH: i64 = 946_684_800_000_000;

/// A `timestamptz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(pub(super) Timestamp);

impl Type<Postgres> for Micros {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("TIMESTAMPTZ")
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        ty.name() == "TIMESTAMPTZ"
    }
}

impl PgHasArrayType for Micros {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("TIMESTAMPTZ")
    }

    fn array_compatible(ty: &PgTypeInfo) -> bool {
        ty.name() == "TIMESTAMPTZ[]"
    }
}

impl Encode<'_, Postgres> for Micros {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let since_2000 = self.0.as_micros().saturating_sub(EPOCH);
        buffer.extend_from_slice(&since_2000.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Micros {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a time came as text".into());
        }
        let since_2000 = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        let micros = since_2000
            .checked_add(EPOCH)
            .ok_or("a time is out of range")?;
        Ok(Self(Timestamp::from_micros(micros)))
    }
}
