//! What may stand in a field of an application.

use lotline_common::{api::application::ApplicationField, plain::plain};

use super::account;

const LONGEST: usize = 200;

/// The text in its one form, or what is wrong with it.
pub fn check(field: ApplicationField, text: &str) -> Result<String, &'static str> {
    use ApplicationField as Field;
    let text = text.trim();
    match field {
        Field::Name | Field::Address | Field::Employer | Field::EmploymentDuration => line(text),
        Field::VehicleType | Field::TradeInVehicle => line(text),
        Field::Email => account::email(text).ok_or("must be an e-mail address"),
        Field::DateOfBirth => date(text),
        // 12 CFR 1002.5(d)(1): these three words and no others may be asked for.
        Field::MaritalStatus => {
            one_of(text, &["married", "unmarried", "separated"], "must be married, unmarried or separated")
        }
        Field::HousingSituation => {
            one_of(text, &["own", "rent", "family", "other"], "must be own, rent, family or other")
        }
        Field::EmploymentStatus => one_of(
            text,
            &["employed", "self_employed", "retired", "benefits", "student", "unemployed"],
            "must be employed, self_employed, retired, benefits, student or unemployed",
        ),
        Field::HousePayment | Field::MonthlyIncome | Field::MonthlyPaymentBudget => {
            number(text, 0, 1_000_000, "must be whole dollars a month, like 1850")
        }
        Field::StatedCreditScore => number(text, 300, 850, "must be 300 to 850"),
    }
}

fn line(text: &str) -> Result<String, &'static str> {
    let fits =
        !text.is_empty() && text.chars().count() <= LONGEST && !text.contains('\n') && plain(text) == text;
    if fits { Ok(text.to_owned()) } else { Err("must be one line of 1 to 200 characters") }
}

fn date(text: &str) -> Result<String, &'static str> {
    let wrong = "must be a date like 1984-05-17";
    let date: jiff::civil::Date = text.parse().map_err(|_not_one| wrong)?;
    if date.year() < 1900 { Err(wrong) } else { Ok(date.to_string()) }
}

fn one_of(text: &str, words: &[&str], wrong: &'static str) -> Result<String, &'static str> {
    let text = text.to_lowercase();
    if words.contains(&text.as_str()) { Ok(text) } else { Err(wrong) }
}

fn number(text: &str, least: u32, most: u32, wrong: &'static str) -> Result<String, &'static str> {
    let number: u32 = text.parse().map_err(|_not_one| wrong)?;
    if (least..=most).contains(&number) { Ok(number.to_string()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_takes_what_it_is_for() {
        use ApplicationField as Field;
        for (field, text, kept) in [
            (Field::Name, " Dana Example ", "Dana Example"),
            (Field::DateOfBirth, "1984-05-17", "1984-05-17"),
            (Field::MaritalStatus, "Unmarried", "unmarried"),
            (Field::MonthlyIncome, "4200", "4200"),
            (Field::StatedCreditScore, "640", "640"),
            (Field::Email, "Dana@Example.com", "dana@example.com"),
        ] {
            assert_eq!(check(field, text).as_deref(), Ok(kept), "{field}");
        }
        for (field, text) in [
            (Field::Name, ""),
            (Field::Name, "Dana\u{1b}[2J"),
            (Field::Employer, "two\nlines"),
            (Field::DateOfBirth, "17.5.1984"),
            (Field::DateOfBirth, "1884-05-17"),
            (Field::MaritalStatus, "divorced"),
            (Field::MonthlyIncome, "-1"),
            (Field::MonthlyIncome, "a lot"),
            (Field::StatedCreditScore, "900"),
            (Field::Email, "dana"),
        ] {
            assert!(check(field, text).is_err(), "{field}: {text}");
        }
    }
}
