//! The one error of the command line: a single line for the user, and exit code 2.

use std::fmt;

/// Unusable arguments or files, as one line that names the flag or the file and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure with this message. Line breaks (say, of a file name) become spaces.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        let line = message.to_string();
        Failure(line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
