//! How people type on a phone: letters only, and always the same for the same chance.

use super::persona::Manner;

/// `text` as somebody of that manner writes it. `keep` is a word nobody misspells.
pub(super) fn typed(text: &str, manner: Manner, keep: &str, rng: &mut fastrand::Rng) -> String {
    if manner == Manner::Careful {
        return text.to_owned();
    }
    let words = text.split(' ').map(|word| match word {
        _ if !keep.is_empty() && word.contains(keep) => word.to_owned(),
        _ if manner == Manner::Sloppy => slip(&shorten(&word.to_lowercase()), rng),
        _ => word.to_lowercase(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn shorten(word: &str) -> String {
    match word {
        "you" => "u",
        "your" => "ur",
        "are" => "r",
        "please" => "pls",
        "thanks" => "thx",
        "tomorrow" => "tmrw",
        "though" => "tho",
        "because" => "cuz",
        "porque" => "pq",
        "que" => "q",
        other => other,
    }
    .to_owned()
}

/// Now and then two neighbours swap, or one letter is missing; never in figures.
fn slip(word: &str, rng: &mut fastrand::Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let fits = letters.len() >= 5 && letters.iter().all(char::is_ascii_lowercase);
    if !fits || rng.u8(..) > 30 {
        return word.to_owned();
    }
    let at = rng.usize(1..letters.len() - 2);
    if rng.bool() {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_word_and_figures_survive_every_thumb() {
        for seed in 0..200 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let text = typed(
                "Are you open for the 2021 Tacoma with the MARIGOLD flyer",
                Manner::Sloppy,
                "MARIGOLD",
                &mut rng,
            );
            assert!(text.contains("MARIGOLD") && text.contains("2021") && text.starts_with("r u "), "{text}");
        }
    }
}
