//! Element types: how a stored word becomes a number.

use std::fmt;
use std::ops::Range;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// The type of the numbers that a matrix stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementType {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// bfloat16: the upper half of a binary32.
    Bf16,
    /// IEEE 754 binary64, computed in binary64: on the CPU and the reference alone.
    F64,
}

impl ElementType {
    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            ElementType::F32 => 4,
            ElementType::F16 | ElementType::Bf16 => 2,
            ElementType::F64 => 8,
        }
    }

    /// How far the sum of a row of probabilities may be from 1, unless the request says otherwise.
    #[must_use]
    pub const fn default_tolerance(self) -> f64 {
        match self {
            ElementType::F32 | ElementType::F64 => 1e-3,
            ElementType::F16 | ElementType::Bf16 => 2e-2,
        }
    }

    /// The name of the type in Rust.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ElementType::F32 => "f32",
            ElementType::F16 => "f16",
            ElementType::Bf16 => "bf16",
            ElementType::F64 => "f64",
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A borrowed slice of one of the element types.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
    F64(&'a [f64]),
}

/// One of the element types that is known only at run time, as a slice to write to.
///
/// What [`Source::fill`](crate::Source::fill) writes rows into: room for whole rows of one operand, in
/// the element type that the source has stated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Room<'a> {
    /// Room for f32.
    F32(&'a mut [f32]),
    /// Room for f16.
    F16(&'a mut [f16]),
    /// Room for bf16.
    Bf16(&'a mut [bf16]),
    /// Room for f64.
    F64(&'a mut [f64]),
}

/// The room is for another type than that which a source has stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source fills in {wanted}, but has stated {stated}")]
pub struct WrongElement {
    /// The type that was asked for.
    pub wanted: ElementType,
    /// The type that the room is for.
    pub stated: ElementType,
}

impl<'a> Room<'a> {
    /// The room as a slice of the type that the source has stated.
    ///
    /// # Errors
    /// [`WrongElement`] if that is another type.
    pub fn of<E: Element>(self) -> Result<&'a mut [E], WrongElement> {
        let wrong = WrongElement {
            wanted: E::TYPE,
            stated: self.element_type(),
        };
        E::room(self).ok_or(wrong)
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        match self {
            Room::F32(_) => ElementType::F32,
            Room::F16(_) => ElementType::F16,
            Room::Bf16(_) => ElementType::Bf16,
            Room::F64(_) => ElementType::F64,
        }
    }

    /// The number of elements, a multiple of K.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Room::F32(room) => room.len(),
            Room::F16(room) => room.len(),
            Room::Bf16(room) => room.len(),
            Room::F64(room) => room.len(),
        }
    }

    /// The room for each row of `k` elements.
    pub(crate) fn rows(self, k: usize) -> Box<dyn Iterator<Item = Room<'a>> + 'a> {
        match self {
            Room::F32(room) => Box::new(room.chunks_exact_mut(k).map(Room::F32)),
            Room::F16(room) => Box::new(room.chunks_exact_mut(k).map(Room::F16)),
            Room::Bf16(room) => Box::new(room.chunks_exact_mut(k).map(Room::Bf16)),
            Room::F64(room) => Box::new(room.chunks_exact_mut(k).map(Room::F64)),
        }
    }

    /// True if there is no room at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Values<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::F32(v) => v.len(),
            Values::F16(v) => v.len(),
            Values::Bf16(v) => v.len(),
            Values::F64(v) => v.len(),
        }
    }

    pub(crate) fn element_type(&self) -> ElementType {
        match self {
            Values::F32(_) => ElementType::F32,
            Values::F16(_) => ElementType::F16,
            Values::Bf16(_) => ElementType::Bf16,
            Values::F64(_) => ElementType::F64,
        }
    }

    /// Some of the values.
    pub(crate) fn slice(self, range: Range<usize>) -> Values<'a> {
        match self {
            Values::F32(v) => Values::F32(&v[range]),
            Values::F16(v) => Values::F16(&v[range]),
            Values::Bf16(v) => Values::Bf16(&v[range]),
            Values::F64(v) => Values::F64(&v[range]),
        }
    }

    /// Value `i` as it counts: zero is decided on the stored bits, those of narrow types once widened.
    pub(crate) fn value(&self, i: usize) -> f64 {
        match self {
            Values::F32(v) => counted(v[i]),
            Values::F16(v) => counted(v[i].to_f32()),
            Values::Bf16(v) => counted(v[i].to_f32()),
            Values::F64(v) => counted_f64(v[i]),
        }
    }

    /// All values in f64 as they count.
    pub(crate) fn wide(self) -> Vec<f64> {
        let mut wide = vec![0.0; self.len()];
        self.widen_f64(&mut wide);
        wide
    }

    /// Widens all values into as many f64, as they count.
    pub(crate) fn widen_f64(self, out: &mut [f64]) {
        fn each<T: Copy>(out: &mut [f64], values: &[T], wide: impl Fn(T) -> f64) {
            for (out, &value) in out.iter_mut().zip(values) {
                *out = wide(value);
            }
        }
        match self {
            Values::F32(v) => each(out, v, counted),
            Values::F16(v) => each(out, v, |v| counted(v.to_f32())),
            Values::Bf16(v) => each(out, v, |v| counted(v.to_f32())),
            Values::F64(v) => each(out, v, counted_f64),
        }
    }

    /// Widens all values into as many f32, exactly. None holds f64: such rows, which are scored elsewhere, would
    /// come out as NaN.
    pub(crate) fn widen(self, out: &mut [f32]) {
        match self {
            Values::F32(v) => out.copy_from_slice(v),
            Values::F16(v) => v.convert_to_f32_slice(out),
            Values::Bf16(v) => {
                for (out, v) in out.iter_mut().zip(v) {
                    *out = f32::from_bits(u32::from(v.to_bits()) << 16);
                }
            }
            Values::F64(_) => out.fill(f32::NAN),
        }
    }

    /// Copies all values to room for as many of the same type; false if it is for another.
    pub(crate) fn copy_to(self, room: Room<'_>) -> bool {
        match (self, room) {
            (Values::F32(v), Room::F32(room)) => room.copy_from_slice(v),
            (Values::F16(v), Room::F16(room)) => room.copy_from_slice(v),
            (Values::Bf16(v), Room::Bf16(room)) => room.copy_from_slice(v),
            (Values::F64(v), Room::F64(room)) => room.copy_from_slice(v),
            _ => return false,
        }
        true
    }

    /// The stored bytes.
    #[cfg(feature = "gpu")]
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Values::F32(v) => bytemuck::cast_slice(v),
            Values::F16(v) => bytemuck::cast_slice(v.reinterpret_cast()),
            Values::Bf16(v) => bytemuck::cast_slice(v.reinterpret_cast()),
            Values::F64(v) => bytemuck::cast_slice(v),
        }
    }
}

/// A number as it counts: -0 and subnormals are zero.
fn counted(value: f32) -> f64 {
    if value.is_subnormal() {
        0.0
    } else {
        f64::from(value) + 0.0
    }
}

/// The same of f64.
fn counted_f64(value: f64) -> f64 {
    if value.abs() < f64::MIN_POSITIVE {
        0.0
    } else {
        value
    }
}

mod sealed {
    use super::{Room, Values};

    pub trait Sealed: Sized {
        fn values(slice: &[Self]) -> Values<'_>;
        fn room(room: Room<'_>) -> Option<&mut [Self]>;
    }
}

/// A type of number that rows may hold. Sealed: implemented for `f32` and `f64`, and for
/// [`f16`](struct@f16) and [`bf16`] of the crate `half`.
pub trait Element: sealed::Sealed + Copy + Default + fmt::Debug + Send + Sync + 'static {
    /// The run-time name of the type.
    const TYPE: ElementType;
}

macro_rules! elements {
    ($($element:ty => $variant:ident),* $(,)?) => {$(
        impl sealed::Sealed for $element {
            fn values(slice: &[$element]) -> Values<'_> {
                Values::$variant(slice)
            }

            fn room(room: Room<'_>) -> Option<&mut [$element]> {
                match room {
                    Room::$variant(room) => Some(room),
                    _ => None,
                }
            }
        }

        impl Element for $element {
            const TYPE: ElementType = ElementType::$variant;
        }
    )*};
}

elements![f32 => F32, f16 => F16, bf16 => Bf16, f64 => F64];

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 754 binary16, from its definition.
    fn half(bits: u16) -> f32 {
        let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
        let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
        sign * match exponent {
            0 => fraction * 2_f32.powi(-24),
            31 if fraction == 0.0 => f32::INFINITY,
            31 => f32::NAN,
            _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
        }
    }

    #[test]
    fn every_half_widens_to_the_number_that_it_is() {
        let bits: Vec<u16> = (0..=u16::MAX).collect();
        let all_f16: Vec<f16> = bits.iter().map(|&bits| f16::from_bits(bits)).collect();
        let all_bf16: Vec<bf16> = bits.iter().map(|&bits| bf16::from_bits(bits)).collect();
        let wide = |values: Values<'_>| {
            let mut out = vec![0.0; values.len()];
            values.widen(&mut out);
            out
        };
        let (of_f16, of_bf16) = (wide(Values::F16(&all_f16)), wide(Values::Bf16(&all_bf16)));
        for (i, bits) in bits.into_iter().enumerate() {
            let (found, expected) = (of_f16[i], half(bits));
            assert!(found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan());
            assert_eq!(of_bf16[i].to_bits(), u32::from(bits) << 16);
        }
    }

    #[test]
    fn subnormals_of_f16_count_and_those_of_bf16_do_not() {
        let least = f16::from_bits(1);
        assert_eq!(Values::F16(&[least]).value(0), 2_f64.powi(-24));
        assert_eq!(Values::Bf16(&[bf16::from_bits(0x7f)]).value(0), 0.0);
        let zero = Values::Bf16(&[bf16::from_bits(0x8001)]).value(0);
        assert!(zero == 0.0 && zero.is_sign_positive());
        assert_eq!(
            Values::Bf16(&[bf16::MIN_POSITIVE]).value(0),
            f64::from(f32::MIN_POSITIVE)
        );
        let tiny = [1e-310, -1e-310, f64::MIN_POSITIVE, 1e-45];
        let counted = [0, 1, 2, 3].map(|i| Values::F64(&tiny).value(i));
        assert_eq!(counted, [0.0, 0.0, f64::MIN_POSITIVE, 1e-45]);
        let zero = Values::F64(&[-0.0]).value(0);
        assert!(zero == 0.0 && zero.is_sign_positive());
        for values in [
            Values::F32(&[-1e-40, -0.0, 1.5, f32::NAN]),
            Values::F16(&[f16::from_bits(1), f16::NEG_ZERO, f16::NEG_INFINITY]),
            Values::Bf16(&[bf16::from_bits(1), bf16::NEG_ZERO, bf16::MAX]),
            Values::F64(&[-1e-310, -0.0, -1e300, f64::INFINITY]),
        ] {
            let one_by_one: Vec<u64> = (0..values.len())
                .map(|i| values.value(i).to_bits())
                .collect();
            let at_once: Vec<u64> = values.wide().into_iter().map(f64::to_bits).collect();
            assert_eq!(at_once, one_by_one, "{values:?}");
        }
    }

    #[test]
    fn room_is_for_the_type_that_was_stated() {
        let mut halves = [f16::ZERO; 3];
        let wrong = Room::F16(&mut halves).of::<f32>();
        assert_eq!(
            wrong.map(|room| room.len()),
            Err(WrongElement {
                wanted: ElementType::F32,
                stated: ElementType::F16
            })
        );
        assert!(Room::F16(&mut halves).of::<f16>().is_ok());
    }
}
