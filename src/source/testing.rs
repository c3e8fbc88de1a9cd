//! Archives to be read, and what a container holds as lines of text to compare with.

use std::io::{Cursor, Read, Write};
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

/// A zip of members: name, content, how it is packed.
pub(super) fn zipped(members: &[(&str, &[u8], ::zip::CompressionMethod)]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data, method) in members {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(*method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
