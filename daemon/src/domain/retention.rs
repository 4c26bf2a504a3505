//! Within which limits an organization may choose how long it keeps what. Engineering readings, with their sources.

use lotline_common::api::retention::RecordClass;

/// In days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub floor: u32,
    pub default: u32,
    pub ceiling: u32,
}

/// The limits of a class.
pub const fn limits(class: RecordClass) -> Limits {
    match class {
        // Floor: ours, an answer needs its context. Default: 16 CFR 314.4(c)(6)(i), disposal two years after the last
        // use. Ceiling: the four years in which a claim about a text can be brought (28 U.S.C. 1658(a)), and one more.
        RecordClass::Messages => Limits { floor: 30, default: 730, ceiling: 1_825 },
        // Default and ceiling: 12 CFR 1002.12(b), applications are kept for 25 months; 16 CFR 314.4(c)(6)(i) wants them
        // gone after two years unless another law keeps them.
        RecordClass::Application => Limits { floor: 30, default: 761, ceiling: 761 },
        // Floor: 16 CFR 310.5(a), five years for records of consent; 47 CFR 64.1200(d)(6), five years for requests not
        // to be called.
        RecordClass::Consents => Limits { floor: 1_825, default: 1_825, ceiling: 3_650 },
        // Ours: long enough to answer "we never got it", short since they repeat what the thread says.
        RecordClass::Receipts => Limits { floor: 1, default: 30, ceiling: 90 },
        // Floor: 11 CCR 7101(a), 24 months for records of requests to delete. Ceiling: ours.
        RecordClass::Audit => Limits { floor: 730, default: 1_095, ceiling: 2_555 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A default outside its own limits could be set back to by nobody.
    #[test]
    fn defaults_stand_within_their_limits() {
        for &class in RecordClass::ALL {
            let Limits { floor, default, ceiling } = limits(class);
            assert!(floor <= default && default <= ceiling, "{class}");
        }
    }
}
