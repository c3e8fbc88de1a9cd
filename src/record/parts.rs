//! The parts of a document that is a package of several files, such as a word
//! processor's: from whoever opened the package to the format that reads it,
//! as one run of bytes, so that a record of them is like any other.

/// Named parts of one document, in the order in which they were added.
///
/// ```
/// # use morgue::record::Parts;
/// let mut parts = Parts::default();
/// parts.push("content.xml", b"<p>Ferry sinks</p>");
/// let bytes = parts.into_bytes();
/// let read = Parts::read(&bytes).unwrap();
/// assert_eq!(read, [("content.xml", &b"<p>Ferry sinks</p>"[..])]);
/// ```
#[derive(Debug)]
pub struct Parts(Vec<u8>);

/// What a run of parts starts with; no file does by chance.
const MARK: &[u8] = b"\0parts\0\x01";

impl Default for Parts {
    fn default() -> Self {
        Self(MARK.to_vec())
    }
}

impl Parts {
    /// Adds a part.
    pub fn push(&mut self, name: &str, content: &[u8]) {
        for piece in [name.as_bytes(), content] {
            self.0.extend((piece.len() as u64).to_le_bytes());
            self.0.extend_from_slice(piece);
        }
    }

    /// Bytes that the parts take so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no part was added.
    pub fn is_empty(&self) -> bool {
        self.0.len() == MARK.len()
    }

    /// Bytes that a part would take.
    pub fn cost(name: &str, content: usize) -> usize {
        16 + name.len() + content
    }

    /// The parts as one run of bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Whether bytes start as a run of parts does.
    pub fn are_in(head: &[u8]) -> bool {
        head.starts_with(MARK)
    }

    /// The parts of a run, names and contents; `None` where it is none.
    pub fn read(bytes: &[u8]) -> Option<Vec<(&str, &[u8])>> {
        let mut rest = bytes.strip_prefix(MARK)?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let name = take(&mut rest)?;
            let content = take(&mut rest)?;
            parts.push((std::str::from_utf8(name).ok()?, content));
        }
        Some(parts)
    }
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (piece, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(piece)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_or_lies_about_its_length_is_no_run_of_parts() {
        let mut parts = Parts::default();
        parts.push("a", b"one");
        parts.push("b", b"");
        assert_eq!(
            parts.len(),
            MARK.len() + Parts::cost("a", 3) + Parts::cost("b", 0)
        );
        let bytes = parts.into_bytes();
        assert_eq!(
            Parts::read(&bytes).unwrap(),
            [("a", &b"one"[..]), ("b", &b""[..])]
        );
        for end in MARK.len() + 1..bytes.len() {
            let is_border = end == MARK.len() + Parts::cost("a", 3);
            assert_eq!(Parts::read(&bytes[..end]).is_some(), is_border, "{end}");
        }
        let mut lying = bytes;
        lying[MARK.len()..MARK.len() + 8].fill(0xFF);
        assert_eq!(Parts::read(&lying), None);
    }
}
