//! Moments files: all that a fit needs of the rows of a log, to be merged across files and machines.
//!
//! The bytes are the [postcard](https://postcard.jamesmunns.com/wire-format) encoding of
//! [`Document`]; `docs/moments-format.md` has them field by field.
//!
//! ```
//! use joint_effects::moments::data::Data;
//! use joint_effects::moments_file;
//! use joint_effects::log::observations::{Columns, Observations};
//! use joint_effects::log::table::Table;
//!
//! let columns = Columns::new("y");
//! let log = "regime,red,y\nobs,1,5\nobs,2,7\ndo(red),4,9\n";
//! let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &columns)?;
//! let data = Data::read(&mut rows, 1, |_| ())?;
//! assert_eq!(moments_file::decode(&moments_file::encode(&data))?, data);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod device;

use crate::log::blocks::MAX_BLOCKS;
use crate::log::expression::RESERVED;
use crate::log::input::{Input, Origin};
use crate::log::levels::Levels;
use crate::memory::{self, TooLittle};
use crate::moments::blocks::Blocks;
use crate::moments::data::Data;
use crate::moments::near::Near;
use crate::moments::{FOLDS, Moments, Range, RegimeMoments};
use crate::write::{self, WriteError};
use joint_effects_kernel::Regime;
use joint_effects_kernel::digest::crc32;
use joint_effects_kernel::features::monomials::{Basis, Monomials, UnsupportedBasis};
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::block::cell_len;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The first bytes of a moments file.
pub const MAGIC: [u8; 4] = *b"JEFM";

/// The version that is written.
pub const VERSION: u8 = 5;

/// The oldest version that is read, which has nothing behind [`Document`].
const OLDEST: u8 = 2;

/// The version that has blocks behind it, but no far rows.
const BLOCKS: u8 = 3;

/// The version that has far rows too, but no bounds.
const FAR: u8 = 4;

/// Bytes before the length, of the length, and of the checksum.
const PREAMBLE: usize = 5;
const LENGTH: usize = 8;
const CRC: usize = 4;

/// The most rows of a file: far more than anyone has, and few enough that sums do not overflow.
const MOST_ROWS: u64 = 1 << 53;

/// The file, field by field; behind it follow [`Additions`], [`Division`] and [`Bounds`], and CRC-32 of all before that,
/// the lowest byte first.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Document<'a> {
    /// [`MAGIC`].
    pub magic: [u8; 4],
    /// [`VERSION`].
    pub version: u8,
    /// How many bytes the file has, the lowest byte first.
    pub length: [u8; 8],
    /// The name of the outcome.
    pub outcome: Cow<'a, str>,
    /// What of the outcome the moments are of.
    pub scale: Scale,
    /// The sum over the rows of [`Scale::log_jacobian`].
    pub log_jacobian: f64,
    /// Total degree of the monomials.
    pub degree: u8,
    /// The actions, in the order of the monomials' variables.
    pub actions: Vec<Action<'a>>,
    /// The regimes, ascending.
    pub regimes: Vec<Part<'a>>,
}

/// What not every log has, and what the oldest version does not know.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Additions<'a> {
    /// The rows by block.
    pub blocks: Option<Cow<'a, Blocks>>,
}

/// An action, how it is standardised, `(a − shift) · factor`, and its levels if it is a category.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Action<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// What is subtracted.
    pub shift: f64,
    /// What that is multiplied by.
    pub factor: f64,
    /// The names of the levels, which its values number.
    pub levels: Option<Cow<'a, Levels>>,
}

/// The rows of one regime.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Part<'a> {
    /// Which actions were set: bit k is 1 where action k was.
    pub sets: Regime,
    /// Where each action and, last, the outcome was seen.
    pub ranges: Cow<'a, [Range]>,
    /// The folds, to which rows were dealt in turn, without far rows.
    pub folds: Cow<'a, [Moments]>,
}

/// Which rows are far, if any are.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Division<'a> {
    /// The far rows.
    pub far: Option<Far<'a>>,
}

/// The rows in which an action that was left alone was beyond its near values.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Far<'a> {
    /// The near values of every action.
    pub near: Cow<'a, Near>,
    /// The regimes that have far rows, ascending.
    pub regimes: Vec<FarPart<'a>>,
}

/// The far rows of one regime.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct FarPart<'a> {
    /// Which actions were set.
    pub sets: Regime,
    /// The folds of its rows that are far.
    pub folds: Cow<'a, [Moments]>,
}

/// Within which bounds actions have powers beside the monomials, if any have.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The powers.
    pub bounded: Option<Bounded>,
}

/// The powers of actions within bounds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounded {
    /// The highest power.
    pub highest: u8,
    /// The bounds of every action.
    pub variables: Vec<BoundedVariable>,
}

/// An action within bounds: `(a − shift) · factor`, and at least −1 and at most 1.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundedVariable {
    /// What is subtracted.
    pub shift: f64,
    /// What that is multiplied by.
    pub factor: f64,
}

/// A moments file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct MomentsFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a moments file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is a file of another kind.
    #[error("expected a moments file, which begins with JEFM")]
    Magic,
    /// It was written by another version of this program.
    #[error("moments file of version {0}, expected {OLDEST} to {VERSION}")]
    Version(u8),
    /// Its end is missing, or something was added to it.
    #[error("damaged moments file: expected {expected} bytes, found {found}")]
    Length {
        /// How many bytes it says it has.
        expected: u64,
        /// How many it has.
        found: u64,
    },
    /// It is longer than there is memory for.
    #[error(transparent)]
    Memory(#[from] TooLittle),
    /// Its bytes are not those that were written.
    #[error("damaged moments file: the checksum differs")]
    Crc,
    /// Its fields are not those of the format.
    #[error("damaged moments file: {0}")]
    Encoding(#[from] postcard::Error),
    /// So many actions to this degree are not supported.
    #[error(transparent)]
    Degree(#[from] UnsupportedBasis),
    /// A field has a value that does not go with the others.
    #[error("{field}: expected {expected}")]
    Value {
        /// The field.
        field: String,
        /// What was expected.
        expected: String,
    },
}

/// Writes moments in place of what was there.
pub fn write(path: impl AsRef<Path>, data: &Data) -> Result<(), WriteError> {
    write::atomically(path.as_ref(), |file| file.write_all(&encode(data)))
}

/// Reads moments and checks that they are whole.
pub fn read(path: impl AsRef<Path>) -> Result<Data, MomentsFileError> {
    let path = path.as_ref();
    let (data, ..) = of_input(path, Input::open(path))?;
    Ok(data)
}

/// What has written a moments file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// This program, in double precision.
    Program,
    /// A microcontroller.
    Device {
        /// Bytes of its numbers: 4 or 8.
        bytes: u8,
    },
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Program => "moments in double precision",
            Self::Device { bytes: 4 } => "moments of a device, in single precision",
            Self::Device { .. } => "moments of a device, in double precision",
        })
    }
}

/// What is at an origin, with a digest of its bytes, as other files have others, and what had written it.
pub fn read_at(origin: &mut Origin) -> Result<(Data, u64, Author), MomentsFileError> {
    let input = origin.open();
    of_input(origin.path(), input)
}

fn of_input(
    path: &Path,
    input: io::Result<Input>,
) -> Result<(Data, u64, Author), MomentsFileError> {
    let bytes = input.map_err(Problem::Unreadable).and_then(bytes);
    let read = bytes.and_then(|bytes| {
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let (data, author) = decode_from(&bytes)?;
        Ok((data, hasher.finish(), author))
    });
    read.map_err(|problem| MomentsFileError {
        path: path.to_path_buf(),
        problem,
    })
}

/// All the bytes of a moments file, and no more than one beyond its end, which something without an end
/// may have.
fn bytes(mut input: Input) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let preamble = (PREAMBLE + LENGTH) as u64;
    let read = (&mut input).take(preamble).read_to_end(&mut bytes);
    read.map_err(Problem::Unreadable)?;
    let (expected, found) = (length(&bytes)?, input.size());
    if found > 0 && found != expected {
        return Err(Problem::Length { expected, found });
    }
    memory::expect(expected)?;
    let rest = expected.saturating_sub(preamble).saturating_add(1);
    let read = (&mut input).take(rest).read_to_end(&mut bytes);
    read.map_err(Problem::Unreadable)?;
    Ok(bytes)
}

/// The bytes of a moments file.
pub fn encode(data: &Data) -> Vec<u8> {
    let blocks = data.blocks.as_ref().map(Cow::Borrowed);
    let parts = (
        Document::of(data),
        Additions { blocks },
        Division::of(data),
        Bounds::of(data),
    );
    let mut bytes = postcard::to_allocvec(&parts).expect("every length is known");
    let length = (bytes.len() + CRC) as u64;
    bytes[PREAMBLE..][..LENGTH].copy_from_slice(&length.to_le_bytes());
    let crc = crc32(&bytes).to_le_bytes();
    bytes.extend(crc);
    bytes
}

/// Reads the bytes of a moments file; whatever they are, the result is sound or an error.
pub fn decode(bytes: &[u8]) -> Result<Data, Problem> {
    Ok(decode_from(bytes)?.0)
}

/// The same, and what had written it.
fn decode_from(bytes: &[u8]) -> Result<(Data, Author), Problem> {
    let (expected, found) = (length(bytes)?, bytes.len() as u64);
    if expected != found {
        return Err(Problem::Length { expected, found });
    }
    let short = Problem::Length { expected, found };
    let (signed, crc) = bytes.split_last_chunk().ok_or(short)?;
    if crc32(signed) != u32::from_le_bytes(*crc) {
        return Err(Problem::Crc);
    }
    if signed.get(MAGIC.len()) == Some(&device::VERSION) {
        let content = signed.get(PREAMBLE + LENGTH..).unwrap_or_default();
        let (data, bytes) = device::decode(content)?;
        return Ok((data, Author::Device { bytes }));
    }
    let (document, rest) = postcard::take_from_bytes::<Document>(signed)?;
    let (additions, rest) = match document.version {
        OLDEST => (Additions::default(), rest),
        _ => postcard::take_from_bytes(rest)?,
    };
    let (division, rest) = match document.version {
        OLDEST | BLOCKS => (Division::default(), rest),
        _ => postcard::take_from_bytes(rest)?,
    };
    let (bounds, rest) = match document.version {
        OLDEST | BLOCKS | FAR => (Bounds::default(), rest),
        _ => postcard::take_from_bytes(rest)?,
    };
    if !rest.is_empty() {
        return Err(postcard::Error::DeserializeBadEncoding.into());
    }
    let mut data = document.data(bounds)?;
    additions.add_to(&mut data)?;
    division.add_to(&mut data)?;
    Ok((data, Author::Program))
}

/// How many bytes a moments file has, by the first of them.
fn length(bytes: &[u8]) -> Result<u64, Problem> {
    let (magic, after) = bytes.split_first_chunk().ok_or(Problem::Magic)?;
    if *magic != MAGIC {
        return Err(Problem::Magic);
    }
    let short = || Problem::Length {
        expected: (PREAMBLE + LENGTH + CRC) as u64,
        found: bytes.len() as u64,
    };
    let (&version, after) = after.split_first().ok_or_else(short)?;
    if !(OLDEST..=VERSION).contains(&version) && version != device::VERSION {
        return Err(Problem::Version(version));
    }
    let (length, _) = after.split_first_chunk().ok_or_else(short)?;
    Ok(u64::from_le_bytes(*length))
}

impl<'a> Document<'a> {
    /// Without length and checksum, which only the bytes can have.
    fn of(data: &'a Data) -> Self {
        let basis = &data.basis;
        let standardisation = basis.shift().iter().zip(basis.factor());
        let actions = data.actions.iter().zip(standardisation).zip(&data.levels);
        let regimes = data.regimes.iter().zip(&data.ranges);
        Self {
            magic: MAGIC,
            version: VERSION,
            length: [0; 8],
            outcome: Cow::from(&data.outcome),
            scale: data.scale,
            log_jacobian: data.log_jacobian,
            degree: basis.monomials().degree() as u8,
            actions: actions
                .map(|((name, (&shift, &factor)), levels)| Action {
                    name: name.into(),
                    shift,
                    factor,
                    levels: levels.as_ref().map(Cow::Borrowed),
                })
                .collect(),
            regimes: regimes
                .map(|(part, ranges)| Part {
                    sets: part.regime,
                    ranges: ranges.into(),
                    folds: Cow::from(&part.near),
                })
                .collect(),
        }
    }

    fn data(self, bounds: Bounds) -> Result<Data, Problem> {
        let products = Monomials::new(self.actions.len(), self.degree.into())?;
        let asked = Scale::CHOICES.contains(&self.scale);
        expect(asked, || "scale".into(), "identity, log or logit")?;
        let finite = self.log_jacobian.is_finite();
        expect(finite, || "log_jacobian".into(), "a number")?;
        let (mut names, mut shifts, mut factors) = (Vec::new(), Vec::new(), Vec::new());
        let mut levels = Vec::new();
        for (index, action) in self.actions.into_iter().enumerate() {
            let field = |name| format!("actions[{index}].{name}");
            let name = action.name.into_owned();
            let own = !name.is_empty() && name != self.outcome && !names.contains(&name);
            expect(own, || field("name"), "a name of its own")?;
            let reserved = RESERVED.contains(&name.as_str());
            expect(
                !reserved,
                || field("name"),
                "another name than all and none",
            )?;
            expect(action.shift.is_finite(), || field("shift"), "a number")?;
            let scales = action.factor.is_finite() && action.factor > 0.0;
            expect(scales, || field("factor"), "a number above 0")?;
            let own = action.levels.map(Cow::into_owned);
            let few = own.as_ref().is_none_or(Levels::are_distinct);
            expect(few, || field("levels"), "at most 17 different names")?;
            names.push(name);
            shifts.push(action.shift);
            factors.push(action.factor);
            levels.push(own);
        }
        let (monomials, [own_shifts, own_factors]) = bounds.add_to(products)?;
        let standardisation = [shifts, own_shifts, factors, own_factors].concat();
        let basis = Basis::new(monomials, standardisation)
            .expect("a shift and a factor for every variable");
        let (mut regimes, mut ranges) = (Vec::<RegimeMoments>::new(), Vec::new());
        let mut rows = 0u64;
        for (index, part) in self.regimes.into_iter().enumerate() {
            let field = |name: &str| format!("regimes[{index}].{name}");
            let regime = part.sets;
            let known = regime.bits() & !Regime::joint(names.len()).bits() == 0;
            let ascending = regimes.last().is_none_or(|last| last.regime < regime);
            expect(known && ascending, || field("sets"), "ascending actions")?;
            let whole = part.ranges.len() == names.len() + 1 && part.ranges.iter().all(is_range);
            expect(whole, || field("ranges"), "K + 1 ranges")?;
            let folds = part.folds.into_owned();
            check_folds(&folds, monomials, &mut rows, field)?;
            regimes.push(RegimeMoments::of(regime, folds));
            ranges.push(part.ranges.into_owned());
        }
        Ok(Data {
            scale: self.scale,
            log_jacobian: self.log_jacobian,
            levels,
            outcome: self.outcome.into_owned(),
            actions: names,
            basis,
            regimes,
            ranges,
            blocks: None,
            near: None,
        })
    }
}

/// Adds the rows of a regime's folds to `rows`, and checks that they are moments over these monomials.
fn check_folds(
    folds: &[Moments],
    monomials: Monomials,
    rows: &mut u64,
    field: impl Fn(&str) -> String,
) -> Result<(), Problem> {
    expect(folds.len() == FOLDS, || field("folds"), "3 folds")?;
    for (fold, moments) in folds.iter().enumerate() {
        *rows = rows.saturating_add(moments.count());
        expect(*rows <= MOST_ROWS, || field("folds"), "at most 2^53 rows")?;
        let excess = || field(&format!("folds[{fold}].excess"));
        let weighs = moments.weight() > 0.0 && moments.weight() < f64::MAX;
        let none = moments.count() == 0 && moments.excess() == 0.0;
        expect(weighs || none, excess, "a sum of weights above 0")?;
        let field = || field(&format!("folds[{fold}].numbers"));
        let expected = format!("{} numbers", buffer_len(monomials.len()));
        expect(moments.columns() == monomials.len(), field, &expected)?;
    }
    Ok(())
}

impl<'a> Division<'a> {
    fn of(data: &'a Data) -> Self {
        let far = data.regimes.iter().filter(|part| !part.far.is_empty());
        let far = far.map(|part| FarPart {
            sets: part.regime,
            folds: Cow::from(&part.far),
        });
        Self {
            far: data.near.as_ref().map(|near| Far {
                near: Cow::Borrowed(near),
                regimes: far.collect(),
            }),
        }
    }

    fn add_to(self, data: &mut Data) -> Result<(), Problem> {
        let Some(far) = self.far else {
            return Ok(());
        };
        let near = far.near.into_owned();
        let each = near.ranges.len() == data.actions.len() && near.ranges.iter().all(is_range);
        expect(each, || "near".into(), "K ranges")?;
        data.near = Some(near);
        let mut rows = data.regimes.iter().map(RegimeMoments::count).sum();
        let mut regimes = data.regimes.iter_mut();
        for (index, part) in far.regimes.into_iter().enumerate() {
            let field = |name: &str| format!("far.regimes[{index}].{name}");
            let known = regimes.find(|known| known.regime == part.sets);
            let Some(known) = known else {
                return expect(false, || field("sets"), "ascending regimes of the file");
            };
            let folds = part.folds.into_owned();
            check_folds(&folds, data.basis.monomials(), &mut rows, field)?;
            known.far = folds;
        }
        Ok(())
    }
}

impl Bounds {
    fn of(data: &Data) -> Self {
        let variables = data.basis.bounded();
        let variables = variables.map(|(shift, factor)| BoundedVariable { shift, factor });
        let bounded = match data.basis.monomials().bounded() {
            0 => None,
            highest => Some(Bounded {
                highest: highest as u8,
                variables: variables.collect(),
            }),
        };
        Self { bounded }
    }

    /// The monomials with the powers, and the shifts and the factors of the actions within bounds.
    fn add_to(self, monomials: Monomials) -> Result<(Monomials, [Vec<f64>; 2]), Problem> {
        let Some(bounded) = self.bounded else {
            return Ok((monomials, Default::default()));
        };
        let field = |name: &str| format!("bounded.{name}");
        expect(bounded.highest > 0, || field("highest"), "at least 1")?;
        let monomials = monomials.with_bounded(bounded.highest.into())?;
        let each = bounded.variables.len() == monomials.variables();
        expect(each, || field("variables"), "one an action")?;
        let sound = |variable: &BoundedVariable| {
            let numbers = variable.shift.is_finite() && variable.factor.is_finite();
            numbers && variable.factor > 0.0
        };
        let sound = bounded.variables.iter().all(sound);
        let expected = "numbers, the factors above 0";
        expect(sound, || field("variables"), expected)?;
        let each = bounded.variables.iter();
        let (shifts, factors) = each
            .map(|variable| (variable.shift, variable.factor))
            .unzip();
        Ok((monomials, [shifts, factors]))
    }
}

impl Additions<'_> {
    fn add_to(self, data: &mut Data) -> Result<(), Problem> {
        data.blocks = self.blocks.map(Cow::into_owned);
        let Some(blocks) = &data.blocks else {
            return Ok(());
        };
        let field = |name: &str| format!("blocks.{name}");
        let named = !blocks.column.is_empty();
        let other =
            named && blocks.column != data.outcome && !data.actions.contains(&blocks.column);
        expect(other, || field("column"), "a name of its own")?;
        let distinct = blocks.names.are_distinct();
        let expected = format!("at most {MAX_BLOCKS} different names");
        expect(distinct, || field("names"), &expected)?;
        let numbers = cell_len(data.basis.monomials().len());
        let mut begun = 0;
        for (&(block, regime), sums) in &blocks.cells {
            let next = block <= begun && block < blocks.count();
            let known = data.regimes.iter().any(|part| part.regime == regime);
            expect(
                next && known,
                || field("cells"),
                "blocks and regimes of the file",
            )?;
            begun = block + 1;
            let finite = sums.len() == numbers && sums.iter().all(|sum| sum.is_finite());
            let expected = format!("{numbers} numbers, the first above 0");
            expect(finite && sums[0] > 0.0, || field("cells"), &expected)?;
        }
        let all = begun == blocks.count();
        expect(all, || field("cells"), "rows of every block")
    }
}

fn is_range(range: &Range) -> bool {
    range.min.is_finite() && range.max.is_finite() && range.min <= range.max
}

fn expect(holds: bool, field: impl Fn() -> String, expected: &str) -> Result<(), Problem> {
    if holds {
        return Ok(());
    }
    Err(Problem::Value {
        field: field(),
        expected: expected.into(),
    })
}
