//! How well a typed word fits a name: whole words first, then pieces, then letters in order.

/// Higher is better; `None` when it does not fit. `query` is lower-case already.
pub fn score(query: &str, candidate: &str) -> Option<u32> {
    if query.is_empty() {
        return Some(0);
    }
    let candidate = candidate.to_lowercase();
    let shortness = 100_u32.saturating_sub(u32::try_from(candidate.len()).unwrap_or(100));
    if candidate.starts_with(query) {
        return Some(4000 + shortness);
    }
    if candidate.match_indices(query).any(|(at, _)| !candidate[..at].ends_with(char::is_alphanumeric)) {
        return Some(3000 + shortness);
    }
    if candidate.contains(query) {
        return Some(2000 + shortness);
    }
    // Words in any order, such as "over take".
    if query.contains(' ') && query.split_whitespace().all(|word| candidate.contains(word)) {
        return Some(1500 + shortness);
    }
    let mut letters = candidate.chars();
    let in_order = query.chars().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|c| c == wanted));
    (in_order && query.len() > 1).then_some(shortness)
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn the_better_fit_wins() {
        assert!(score("take", "Take over") > score("over", "Take over"));
        assert!(score("over", "Take over") > score("ove", "Hanover"));
        assert!(score("tov", "Take over").is_some());
        assert_eq!(score("xyz", "Take over"), None);
    }
}
