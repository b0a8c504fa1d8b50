//! Slots in flash: the power fails at every byte that is written and at every step of an erasure.

#![cfg(feature = "flash")]

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use joint_effects_kernel::device::{Names, Slots, SlotsError, Study};
use joint_effects_kernel::{Regime, study};

/// A flash that loses its power after so many steps, in the midst of the next.
#[derive(Clone, Debug)]
struct Flash<const WRITE: usize> {
    bytes: Vec<u8>,
    steps: usize,
}

const PAGE: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut;

impl NorFlashError for Cut {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<const WRITE: usize> Flash<WRITE> {
    fn new(pages: usize) -> Self {
        let bytes = (0..pages * PAGE).map(|at| (at * 37) as u8).collect();
        let steps = usize::MAX;
        Self { bytes, steps }
    }

    /// Whether there is power for one step more.
    fn step(&mut self) -> Result<(), Cut> {
        self.steps = self.steps.checked_sub(1).ok_or(Cut)?;
        Ok(())
    }
}

impl<const WRITE: usize> ErrorType for Flash<WRITE> {
    type Error = Cut;
}

impl<const WRITE: usize> ReadNorFlash for Flash<WRITE> {
    const READ_SIZE: usize = if WRITE < 4 { 1 } else { 4 };

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Cut> {
        assert!((offset as usize).is_multiple_of(Self::READ_SIZE));
        assert!(bytes.len().is_multiple_of(Self::READ_SIZE));
        bytes.copy_from_slice(&self.bytes[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize> NorFlash for Flash<WRITE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = PAGE;

    /// Sixteen bytes at a time; those at which the power fails have some of their bits erased.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), Cut> {
        assert!((from as usize).is_multiple_of(PAGE) && (to as usize).is_multiple_of(PAGE));
        for at in (from as usize..to as usize).step_by(16) {
            let step = self.step();
            let bytes = &mut self.bytes[at..at + 16];
            bytes
                .iter_mut()
                .for_each(|byte| *byte |= if step.is_ok() { 0xff } else { 0x5a });
            step?;
        }
        Ok(())
    }

    /// Bits can only be cleared; of the byte at which the power fails, some are.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Cut> {
        assert!((offset as usize).is_multiple_of(WRITE) && bytes.len().is_multiple_of(WRITE));
        for (at, &byte) in (offset as usize..).zip(bytes) {
            let step = self.step();
            assert_eq!(self.bytes[at], 0xff, "written twice without an erasure");
            self.bytes[at] &= if step.is_ok() { byte } else { byte | 0x33 };
            step?;
        }
        Ok(())
    }
}

/// What is newest after a restart.
fn after_restart<const WRITE: usize>(flash: &Flash<WRITE>) -> Option<Vec<u8>> {
    let mut flash = flash.clone();
    flash.steps = usize::MAX;
    let size = (flash.bytes.len() / 2) as u32;
    let mut bytes = vec![0; size as usize];
    let mut slots = Slots::new(flash, 0, size).unwrap();
    let newest = slots.newest().unwrap();
    let read = slots.read(&mut bytes).unwrap().map(<[u8]>::to_vec);
    let flash = slots.release();
    let mapped = newest.map(|place| flash.bytes[place.start as usize..place.end as usize].to_vec());
    assert_eq!(mapped, read);
    read
}

/// Writes this with power for so many steps: how it went, and the flash.
fn write<const WRITE: usize>(
    mut flash: Flash<WRITE>,
    steps: usize,
    bytes: &[u8],
) -> (Result<(), SlotsError<Cut>>, Flash<WRITE>) {
    flash.steps = steps;
    let size = (flash.bytes.len() / 2) as u32;
    let mut slots = Slots::new(flash, 0, size).unwrap();
    let written = slots.write(bytes);
    (written, slots.release())
}

/// At every step of writing `next` over what the flash holds: how many there are.
fn cut_at_every_step<const WRITE: usize>(flash: &Flash<WRITE>, next: &[u8]) -> usize {
    let before = after_restart(flash);
    let later = [0x11; 40];
    for cut in 0.. {
        let (written, torn) = write(flash.clone(), cut, next);
        let newest = after_restart(&torn);
        match written {
            Ok(()) => {
                assert_eq!(newest.as_deref(), Some(next));
                return cut;
            }
            Err(error) => assert_eq!(error, SlotsError::Flash(Cut)),
        }
        // Never broken, never older than the last whole one.
        assert!(
            newest == before || newest.as_deref() == Some(next),
            "cut {cut}"
        );
        // And the next write goes through, or is cut in its turn.
        for cut_again in [7, 100, usize::MAX] {
            let (written, torn_again) = write(torn.clone(), cut_again, &later);
            let last = after_restart(&torn_again);
            match written {
                Ok(()) => assert_eq!(last.as_deref(), Some(&later[..])),
                Err(_) => assert!(last == newest || last.as_deref() == Some(&later[..])),
            }
        }
    }
    unreachable!("a write has an end")
}

fn cuts<const WRITE: usize>() -> usize {
    let mut flash = Flash::<WRITE>::new(8);
    let payloads = [0, 1, 31, 64, 129, 300, 480]
        .map(|len: usize| (0..len).map(|at| (at * 7 + len) as u8).collect::<Vec<u8>>());
    let mut cuts = 0;
    for payload in &payloads {
        cuts += cut_at_every_step(&flash, payload);
        let (written, whole) = write(flash, usize::MAX, payload);
        written.unwrap();
        flash = whole;
    }
    cuts
}

#[test]
fn a_power_cut_loses_nothing() {
    let cuts = cuts::<1>() + cuts::<4>() + cuts::<8>() + cuts::<32>();
    println!("{cuts} power cuts, nothing lost");
    assert!(cuts > 5000);
}

#[test]
fn sequence_numbers_wrap() {
    let mut flash = Flash::<4>::new(8);
    for value in 0..3_u8 {
        flash = write(flash, usize::MAX, &[value; 9]).1;
    }
    // The slots as they are after four thousand million writes.
    let crc = |sequence: u32, payload: &[u8]| {
        let head = [sequence, payload.len() as u32].map(u32::to_le_bytes);
        joint_effects_kernel::digest::crc32(&[head.as_flattened(), payload].concat())
    };
    for (start, sequence) in [(0, u32::MAX), (512, 0)] {
        let payload = flash.bytes[start + 32..][..9].to_vec();
        flash.bytes[start + 4..][..4].copy_from_slice(&sequence.to_le_bytes());
        let crc = crc(sequence, &payload).to_le_bytes();
        flash.bytes[start + 12..][..4].copy_from_slice(&crc);
    }
    assert_eq!(after_restart(&flash), Some(vec![1; 9]));
    let flash = write(flash, usize::MAX, &[7; 9]).1;
    assert_eq!(after_restart(&flash), Some(vec![7; 9]));
}

#[test]
fn what_has_no_room_is_said() {
    let geometry = |from, size| Slots::new(Flash::<4>::new(8), from, size).map(drop);
    assert!(geometry(0, 512).is_ok() && geometry(256, 384).is_ok());
    for (from, size) in [(1, 512), (0, 500), (0, 0), (128, 512), (0, u32::MAX - 127)] {
        assert!(
            matches!(geometry(from, size), Err(SlotsError::Geometry { .. })),
            "{from} {size}"
        );
    }
    let (written, flash) = write(Flash::<4>::new(8), usize::MAX, &[5; 481]);
    let (needed, found) = (481, 480);
    assert_eq!(written, Err(SlotsError::TooLarge { needed, found }));
    let (written, flash) = write(flash, usize::MAX, &[5; 9]);
    written.unwrap();
    let mut slots = Slots::new(flash, 0, 512).unwrap();
    let (needed, found) = (12, 9);
    let mut bytes = [0; 9];
    let read = slots.read(&mut bytes);
    assert_eq!(read, Err(SlotsError::TooLarge { needed, found }));
}

/// A device that is reset now and then, also while it saves, goes on with its moments.
#[test]
fn months_of_experiments_outlive_resets() {
    const NAMES: Names<'static> = Names {
        outcome: "y",
        actions: &["a"],
    };
    let mut flash = Flash::<8>::new(32);
    let size = 16 * PAGE as u32;
    let (mut saved, mut resets) = (0, 0);
    for life in 0..40_usize {
        let mut slots = Slots::new(flash, 0, size).unwrap();
        let mut study: study!(f32, 1, 2) = Study::new();
        let mut bytes = vec![0; 2048];
        match slots.read(&mut bytes).unwrap() {
            Some(bytes) => study.read_moments(NAMES, bytes).unwrap(),
            None => study.start(1, 2, 0).unwrap(),
        }
        let rows = study.rows(Regime::OBSERVATIONAL) + study.rows(Regime::single(0));
        assert!(rows == saved || rows == saved + 50, "{rows} {saved}");
        saved = rows;
        for row in 0..50 {
            let regime = [Regime::OBSERVATIONAL, Regime::single(0)][row % 2];
            let action = ((row + life) as f32 * 0.618).fract();
            study.push(regime, &[action], 2.0 * action).unwrap();
        }
        let len = study.write_moments(NAMES, &mut bytes).unwrap();
        flash = slots.release();
        // Power for a part of it, every other time.
        flash.steps = if life % 2 == 1 { 13 * life } else { usize::MAX };
        let mut slots = Slots::new(flash, 0, size).unwrap();
        match slots.write(&bytes[..len]) {
            Ok(()) => saved += 50,
            Err(_) => resets += 1,
        }
        flash = slots.release();
        flash.steps = usize::MAX;
    }
    assert!(resets >= 10 && saved >= 20 * 50, "{resets} {saved}");
}
