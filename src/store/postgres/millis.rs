//! Milliseconds since 1970-01-01 UTC as a `timestamptz`, exactly.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// The types by their numbers, which never change: sqlx would look a name up in each connection.
const TIMESTAMPTZ: Oid = Oid(1184);
const TIMESTAMPTZ_ARRAY: Oid = Oid(1185);
/// PostgreSQL counts microseconds from 2000-01-01 UTC.
const EPOCH_OFFSET_MS: i64 = 946_684_800_000;

/// The years that a `timestamptz` holds: 4713 BC to 294276 AD.
const RANGE_MS: std::ops::RangeInclusive<i64> = -210_866_803_200_000..=9_224_318_015_999_999;

/// A moment as the rest of the program counts it. A bound beyond the years that PostgreSQL knows, such as that of an age
/// without end, is the first or last of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Millis(pub(super) i64);

impl Type<Postgres> for Millis {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl PgHasArrayType for Millis {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ_ARRAY)
    }
}

impl Encode<'_, Postgres> for Millis {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let ms = self.0.clamp(*RANGE_MS.start(), *RANGE_MS.end());
        let micros = (ms - EPOCH_OFFSET_MS) * 1000;
        <i64 as Encode<Postgres>>::encode_by_ref(&micros, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Millis {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Err("a time as text, where a binary one was asked for".into());
        }
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(micros.div_euclid(1000) + EPOCH_OFFSET_MS))
    }
}

/// The milliseconds of a time that may be unknown.
pub(super) fn ms(time: Option<Millis>) -> Option<i64> {
    time.map(|time| time.0)
}
