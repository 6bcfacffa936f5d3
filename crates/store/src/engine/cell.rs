//! Values on their way in and out.

use std::error::Error;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A value as both engines hold it; a flag is 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'v> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'v str),
    Bytes(&'v [u8]),
}

/// A value that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Owned {
    Null,
    Int(i64),
    Text(String),
}

impl From<String> for Owned {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Owned {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl Owned {
    pub(crate) fn cell(&self) -> Cell<'_> {
        match self {
            Owned::Null => Cell::Null,
            Owned::Int(number) => Cell::Int(*number),
            Owned::Text(text) => Cell::Text(text),
        }
    }
}

impl<'v> Cell<'v> {
    pub(super) fn of_file(value: ValueRef<'v>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Real(number) => Self::Real(number),
            // Only text of ours is stored, and that is UTF-8; other bytes are shown as bytes.
            ValueRef::Text(text) => std::str::from_utf8(text).map_or(Self::Bytes(text), Self::Text),
            ValueRef::Blob(bytes) => Self::Bytes(bytes),
        }
    }
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Int(number) if *of == Type::INT4 => i32::try_from(*number)?.to_sql(of, out),
            Cell::Int(number) => number.to_sql(of, out),
            Cell::Real(number) => number.to_sql(of, out),
            Cell::Text(text) => text.to_sql(of, out),
            Cell::Bytes(bytes) => bytes.to_sql(of, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        is_known(of)
    }

    to_sql_checked!();
}

impl<'v> FromSql<'v> for Cell<'v> {
    fn from_sql(of: &Type, raw: &'v [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *of {
            Type::INT8 => Self::Int(i64::from_sql(of, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(of, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(of, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(of, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(of, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(of, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        is_known(of)
    }
}

fn is_known(of: &Type) -> bool {
    matches!(
        *of,
        Type::INT8
            | Type::INT4
            | Type::BOOL
            | Type::FLOAT8
            | Type::FLOAT4
            | Type::BYTEA
            | Type::TEXT
            | Type::VARCHAR
            | Type::NAME
            | Type::UNKNOWN
    )
}

/// Something that can be bound to a text.
pub(crate) trait Param<'p> {
    fn cell(self) -> Cell<'p>;
}

/// The values of a text, in the order of `$1 … $n`.
macro_rules! params {
    () => { [] };
    ($($value:expr),+ $(,)?) => { [$($crate::engine::Param::cell(&$value)),+] };
}
pub(crate) use params;

impl<'p> Param<'p> for &'p str {
    fn cell(self) -> Cell<'p> {
        Cell::Text(self)
    }
}

impl<'p> Param<'p> for &'p String {
    fn cell(self) -> Cell<'p> {
        Cell::Text(self)
    }
}

impl<'p> Param<'p> for &'p [u8] {
    fn cell(self) -> Cell<'p> {
        Cell::Bytes(self)
    }
}

impl<'p> Param<'p> for &'p Vec<u8> {
    fn cell(self) -> Cell<'p> {
        Cell::Bytes(self)
    }
}

impl<'p, const N: usize> Param<'p> for &'p [u8; N] {
    fn cell(self) -> Cell<'p> {
        Cell::Bytes(self)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => { $(impl<'p> Param<'p> for &$number {
        fn cell(self) -> Cell<'p> {
            Cell::Int(i64::from(*self))
        }
    })+ };
}
numbers!(i64, i32, i16, u32, u16, u8, bool);

impl<'p, T> Param<'p> for &'p Option<T>
where
    &'p T: Param<'p>,
{
    fn cell(self) -> Cell<'p> {
        self.as_ref().map_or(Cell::Null, Param::cell)
    }
}

impl<'p, T: ?Sized> Param<'p> for &&'p T
where
    &'p T: Param<'p>,
{
    fn cell(self) -> Cell<'p> {
        Param::cell(*self)
    }
}

/// Something that is read from a column.
pub(crate) trait FromCell: Sized {
    fn from_cell(cell: &Cell<'_>) -> Option<Self>;
}

impl FromCell for String {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some((*text).to_owned()),
            _ => None,
        }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> FromCell for [u8; N] {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => (*bytes).try_into().ok(),
            _ => None,
        }
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(*number != 0),
            _ => None,
        }
    }
}

macro_rules! read_numbers {
    ($($number:ty),+) => { $(impl FromCell for $number {
        fn from_cell(cell: &Cell<'_>) -> Option<Self> {
            match cell {
                Cell::Int(number) => <$number>::try_from(*number).ok(),
                _ => None,
            }
        }
    })+ };
}
read_numbers!(i64, i32, i16, u32, u16, u8);

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}
