//! What a container holds, as lines of text to compare with.

use std::io::Read;
use std::ops::ControlFlow;

use super::{Input, Limits, Member, container};
use crate::error::Reason;
use crate::record::Hint;

/// A line for each member of the file: `name: text`, `name ~ skip`, `name !
/// reason`; a reason that ends the reading stands alone.
pub(super) fn listed(name: &str, bytes: &[u8]) -> Vec<String> {
    listed_with(name, bytes, &Limits::default())
}

/// The same within `limits`.
pub(super) fn listed_with(name: &str, bytes: &[u8], limits: &Limits) -> Vec<String> {
    let hint = Hint::named(name);
    let mut lines = Vec::new();
    let head = &bytes[..bytes.len().min(8192)];
    let Some(container) = container(&hint, head) else {
        return vec!["no container".to_owned()];
    };
    let read = container.visit(Input::stream(bytes), &hint, limits, &mut |member| {
        match member {
            Member::File {
                name, mut input, ..
            } => {
                let name = name.unwrap_or_default();
                let mut text = Vec::new();
                let read = input.read_to_end(&mut text);
                if text.len() > 60 {
                    lines.push(format!("{name}: {} bytes", text.len()));
                } else {
                    lines.push(format!("{name}: {}", String::from_utf8_lossy(&text)));
                }
                if let Err(error) = read {
                    lines.push(format!("{name} ! {}", Reason::of(&error)));
                }
            }
            Member::Record {
                name,
                hint,
                mut input,
            } => {
                let mut text = Vec::new();
                input.read_to_end(&mut text).unwrap();
                let known = [
                    hint.media_type,
                    hint.charset,
                    hint.captured.map(|d| d.to_string()),
                ];
                let known: Vec<String> = known.into_iter().flatten().collect();
                lines.push(format!(
                    "{name} [{}] {}: {}",
                    hint.name,
                    known.join(" "),
                    String::from_utf8_lossy(&text)
                ));
            }
            Member::Itself { skip } => lines.push(format!("~ {}", skip.name())),
            Member::Skipped { name, skip } => lines.push(format!("{name} ~ {}", skip.name())),
            Member::Rejected { name, reason } => lines.push(format!("{name} ! {reason}")),
        }
        ControlFlow::Continue(())
    });
    if let Err(reason) = read {
        lines.push(format!("! {reason}"));
    }
    lines
}
