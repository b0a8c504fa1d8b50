//! What stands for Parquet in a program that was built without the feature `parquet`.

use super::{Problem, Row};
use std::borrow::Cow;
use std::fs::File;

/// The first bytes of a Parquet file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// The rows of a file, of which there are none.
#[derive(Debug)]
pub(super) enum Parquet {}

impl Parquet {
    pub(super) fn new(_: File) -> Result<Self, Problem> {
        Err(Problem::NoParquet)
    }

    pub(super) fn columns(&self) -> Vec<String> {
        match *self {}
    }

    pub(super) fn select(&mut self, _: &[usize], _: &[usize]) -> Result<(), (usize, Problem)> {
        match *self {}
    }

    pub(super) fn size(&self) -> u64 {
        match *self {}
    }

    pub(super) fn bytes_read(&self) -> u64 {
        match *self {}
    }

    pub(super) fn row(&self) -> Row {
        match *self {}
    }

    pub(super) fn advance(&mut self) -> Result<bool, Problem> {
        match *self {}
    }

    pub(super) fn number(&self, _: usize) -> Result<Option<f64>, Problem> {
        match *self {}
    }

    pub(super) fn numbers(
        &self,
        _: &[usize],
        _: &mut [f64],
    ) -> Result<Option<usize>, (usize, Problem)> {
        match *self {}
    }

    pub(super) fn flag(&self, _: usize) -> Result<Option<bool>, Problem> {
        match *self {}
    }

    pub(super) fn text(&self, _: usize) -> Result<Cow<'_, str>, Problem> {
        match *self {}
    }

    pub(super) fn no_number(&self, _: usize) -> Option<String> {
        match *self {}
    }

    pub(super) fn unreadable(&self, _: usize) -> Option<&str> {
        match *self {}
    }
}
