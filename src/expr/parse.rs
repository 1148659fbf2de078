//! Expressions from text: a recursive descent with a limit on how deep it goes.

use std::str::FromStr;

use super::ast::Expr;
use super::error::{GeneratorError, MOST_DEPTH};

/// Characters that the text of an expression may have.
const MOST_CHARACTERS: usize = 4096;

impl FromStr for Expr {
    type Err = GeneratorError;

    fn from_str(text: &str) -> Result<Self, GeneratorError> {
        let mut parser = Parser {
            characters: text.chars().take(MOST_CHARACTERS + 1).collect(),
            at: 0,
            depth: 0,
        };
        if parser.characters.len() > MOST_CHARACTERS {
            return Err(GeneratorError::TooLarge);
        }
        let expression = parser.sum()?;
        match parser.peek() {
            None => {
                expression.check()?;
                Ok(expression)
            }
            Some(')') => Err(parser.wrong("a closing parenthesis that nothing opened")),
            Some(_) => Err(parser.wrong("an operator was expected")),
        }
    }
}

struct Parser {
    characters: Vec<char>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn wrong(&self, reason: &'static str) -> GeneratorError {
        GeneratorError::Syntax {
            column: self.at + 1,
            reason,
        }
    }

    /// The next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        while self.characters.get(self.at).is_some_and(|c| *c == ' ') {
            self.at += 1;
        }
        self.characters.get(self.at).copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expects(&mut self, wanted: char, reason: &'static str) -> Result<(), GeneratorError> {
        if self.takes(wanted) {
            Ok(())
        } else {
            Err(self.wrong(reason))
        }
    }

    /// Runs what may come back here, one level deeper.
    fn deeper(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<Expr, GeneratorError>,
    ) -> Result<Expr, GeneratorError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(GeneratorError::TooLarge);
        }
        let expression = part(self);
        self.depth -= 1;
        expression
    }

    fn sum(&mut self) -> Result<Expr, GeneratorError> {
        self.deeper(|parser| {
            let mut left = parser.product()?;
            loop {
                if parser.takes('+') {
                    left = left + parser.product()?;
                } else if parser.takes('-') {
                    left = left - parser.product()?;
                } else {
                    return Ok(left);
                }
            }
        })
    }

    fn product(&mut self) -> Result<Expr, GeneratorError> {
        let mut left = self.signed()?;
        loop {
            if self.takes('*') {
                left = left * self.signed()?;
            } else if self.takes('/') {
                left = left / self.signed()?;
            } else {
                return Ok(left);
            }
        }
    }

    /// A sign binds less than a power: `-t^2` is `-(t^2)`.
    fn signed(&mut self) -> Result<Expr, GeneratorError> {
        if !self.takes('-') {
            return self.power();
        }
        self.deeper(|parser| {
            // The sign of a number that stands alone is part of it.
            let is_number = parser.peek().is_some_and(starts_number);
            let before = parser.at;
            let operand = parser.signed()?;
            match operand.as_constant() {
                Some(value) if is_number && parser.is_number(before) => Ok(Expr::constant(-value)),
                _ => Ok(-operand),
            }
        })
    }

    /// True if what was read since is digits alone.
    fn is_number(&self, from: usize) -> bool {
        let read = &self.characters[from..self.at];
        !read.contains(&'^')
    }

    fn power(&mut self) -> Result<Expr, GeneratorError> {
        let base = self.atom()?;
        if !self.takes('^') {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        Ok(base.pow(exponent))
    }

    fn atom(&mut self) -> Result<Expr, GeneratorError> {
        match self.peek() {
            None => Err(self.wrong("the expression ends too early")),
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expects(')', "a closing parenthesis was expected")?;
                Ok(inner)
            }
            Some(c) if starts_number(c) => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.word(),
            Some(_) => Err(self.wrong("a number, `t`, a function or a parenthesis was expected")),
        }
    }

    fn number(&mut self) -> Result<Expr, GeneratorError> {
        let start = self.at;
        let mut text = String::new();
        while let Some(&c) = self.characters.get(self.at) {
            let of_exponent = matches!(c, '+' | '-') && text.ends_with(['e', 'E']);
            if !(starts_number(c) || matches!(c, 'e' | 'E') || of_exponent) {
                break;
            }
            // `2exp(t)` is no number with an exponent.
            let next = self.characters.get(self.at + 1);
            if matches!(c, 'e' | 'E') && next.is_some_and(char::is_ascii_alphabetic) {
                break;
            }
            text.push(c);
            self.at += 1;
        }
        match text.parse::<f64>() {
            Ok(value) => Ok(Expr::constant(value)),
            Err(_) => {
                self.at = start;
                Err(self.wrong("this is no number"))
            }
        }
    }

    fn word(&mut self) -> Result<Expr, GeneratorError> {
        let start = self.at;
        let mut name = String::new();
        while let Some(c) = self.characters.get(self.at)
            && c.is_ascii_alphanumeric()
        {
            name.push(*c);
            self.at += 1;
        }
        match name.as_str() {
            "t" => Ok(Expr::t()),
            "ln" | "log" => self.of_one(Expr::ln),
            "exp" => self.of_one(Expr::exp),
            "sqrt" => self.of_one(Expr::sqrt),
            "abs" => self.of_one(Expr::abs),
            "min" => self.of_two(Expr::min),
            "max" => self.of_two(Expr::max),
            _ => {
                self.at = start;
                Err(self.wrong("a name that is none of t, ln, exp, sqrt, abs, min, max"))
            }
        }
    }

    fn of_one(&mut self, make: fn(Expr) -> Expr) -> Result<Expr, GeneratorError> {
        self.expects('(', "an opening parenthesis was expected")?;
        let inner = self.sum()?;
        self.expects(')', "a closing parenthesis was expected")?;
        Ok(make(inner))
    }

    fn of_two(&mut self, make: fn(Expr, Expr) -> Expr) -> Result<Expr, GeneratorError> {
        self.expects('(', "an opening parenthesis was expected")?;
        let first = self.sum()?;
        self.expects(',', "a comma and a second argument were expected")?;
        let second = self.sum()?;
        self.expects(')', "a closing parenthesis was expected")?;
        Ok(make(first, second))
    }
}

fn starts_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back() {
        for (text, written) in [
            ("t*ln(t)", "t*ln(t)"),
            (" t * ln( t ) ", "t*ln(t)"),
            ("-t^2", "-t^2"),
            ("(-t)^2", "(-t)^2"),
            ("t^-1", "t^(-1)"),
            ("t^(1/2)", "t^0.5"),
            ("2^t", "exp(t*ln(2))"),
            ("1 - (2 - t)", "1 - (2 - t)"),
            ("1 - 2 - t", "1 - 2 - t"),
            ("t/(2*t)", "t/(2*t)"),
            ("-2*t", "-2*t"),
            ("-2^2*t", "-2^2*t"),
            ("--t", "-(-t)"),
            ("1e-3*t + 2E+2", "0.001*t + 200"),
            ("max(t - 2, 0)", "max(t - 2, 0)"),
            ("min(t, 1/t)", "min(t, 1/t)"),
            ("-(t + 1)", "-(t + 1)"),
            ("(t + 1)^2", "(t + 1)^2"),
            ("1e20*t", "1e20*t"),
        ] {
            let parsed: Result<Expr, _> = text.parse();
            assert_eq!(parsed.as_ref().map(Expr::to_string), Ok(written.into()));
            assert_eq!(written.parse(), parsed, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_expressions() {
        for (text, column, part) in [
            ("", 1, "ends too early"),
            ("t*", 3, "ends too early"),
            ("(t", 3, "closing parenthesis was expected"),
            ("t)", 2, "nothing opened"),
            ("t t", 3, "operator"),
            ("1.2.3", 1, "no number"),
            ("x + 1", 1, "a name that is none of"),
            ("ln t", 4, "opening parenthesis"),
            ("max(t)", 6, "comma"),
            ("t ** 2", 4, "a number, `t`"),
            ("t;discard", 2, "operator"),
            ("\u{1f980}", 1, "a number, `t`"),
        ] {
            match text.parse::<Expr>() {
                Ok(parsed) => panic!("{text} is {parsed}"),
                Err(GeneratorError::Syntax { column: at, reason }) => {
                    assert_eq!(at, column, "{text}: {reason}");
                    assert!(reason.contains(part), "{text}: {reason}");
                }
                Err(error) => panic!("{text}: {error}"),
            }
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let deep = "(".repeat(1000) + "t" + &")".repeat(1000);
        let signs = "-".repeat(1000) + "t";
        let powers = "t^".repeat(1000) + "t";
        let long = "t+".repeat(300) + "t";
        for text in [deep, signs, powers, long, "t".repeat(5000)] {
            let refused = text.parse::<Expr>();
            let large = refused == Err(GeneratorError::TooLarge)
                || matches!(refused, Err(GeneratorError::Syntax { .. }));
            assert!(large, "{refused:?}");
        }
        let mut built = Expr::t();
        for _ in 0..100_000 {
            built = built + 1.0;
        }
        assert_eq!(built.check(), Err(GeneratorError::TooLarge));
        for constant in ["1e400*t", "1e31*t", "1e-31*t"] {
            let refused = constant.parse::<Expr>();
            assert!(matches!(refused, Err(GeneratorError::Constant { .. })));
        }
    }
}
