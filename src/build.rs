//! How the program is linked.
//!
//! On Linux it is linked to lie at a fixed address: its 43,000 pointers are
//! then ready in the file. Moved to a random one, as is the default, they are
//! written anew at each start, which touches 200 pages and took 1.4 of the
//! 5.4 ms of a search. Heap and stack still lie at random.
//!
//! With the GNU C library it also holds that library itself, where its static
//! form is at hand: to find, map and bind three libraries takes 0.4 ms at each
//! start. This is what the target feature `crt-static` does, which cannot be
//! asked for here: it would have to be set for everything that is compiled,
//! procedural macros too.
//!
//! In a release the functions that a search runs through lie side by side, by
//! the list in `order.ld`. Strewn over all the code, which is six times as much,
//! they cost 85 page faults instead of 24.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Libraries that rustc names to the linker, and of what each consists.
const LIBRARIES: [(&str, &[&str]); 7] = [
    ("gcc_s", &["gcc_eh", "gcc", "c"]),
    ("c", &["c", "gcc_eh", "gcc"]),
    ("m", &["m", "c"]),
    ("util", &["util"]),
    ("rt", &["rt"]),
    ("pthread", &["pthread"]),
    ("dl", &["dl"]),
];

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-changed={ORDER}");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    if set("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    println!("cargo:rustc-link-arg-bin=morgue=-no-pie");
    let is_native = set("HOST") == set("TARGET");
    let folder = Path::new(&set("OUT_DIR")).join("static");
    if is_native && set("CARGO_CFG_TARGET_ENV") == "gnu" && write_scripts(&folder).is_some() {
        println!("cargo:rustc-link-arg-bin=morgue=-static");
        println!("cargo:rustc-link-arg-bin=morgue=-L{}", folder.display());
    }
    if set("PROFILE") == "release" {
        let order = Path::new(&set("CARGO_MANIFEST_DIR")).join(ORDER);
        let argument = format!("-Wl,-T,{}", order.display());
        if is_understood(&argument, is_native) == Some(true) {
            println!("cargo:rustc-link-arg-bin=morgue={argument}");
        }
    }
}

/// Where functions lie: a linker script.
const ORDER: &str = "src/order.ld";

/// Whether the linker in use takes an argument: not every one knows scripts.
/// An empty program is linked with it, and run where it can be.
fn is_understood(argument: &str, is_native: bool) -> Option<bool> {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR")?);
    let (source, program) = (folder.join("probe.rs"), folder.join("probe"));
    std::fs::write(&source, "fn main() {}").ok()?;
    let mut rustc = Command::new(std::env::var_os("RUSTC")?);
    rustc.arg(source).arg("-o").arg(&program);
    if !is_native {
        rustc.arg("--target").arg(std::env::var_os("TARGET")?);
    }
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    if let Ok(flags) = std::env::var("CARGO_ENCODED_RUSTFLAGS") {
        rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    }
    rustc.args([
        "-Clink-arg=-no-pie".to_owned(),
        format!("-Clink-arg={argument}"),
    ]);
    let does = |command: &mut Command| Some(command.output().ok()?.status.success());
    Some(does(&mut rustc)? && (!is_native || does(&mut Command::new(program))?))
}

/// Writes linker scripts under the names of the libraries, found before the
/// shared ones; `None` where a static one is missing.
fn write_scripts(folder: &Path) -> Option<()> {
    std::fs::create_dir_all(folder).ok()?;
    for (name, parts) in LIBRARIES {
        let paths: Option<Vec<PathBuf>> = parts.iter().map(|part| find(part)).collect();
        let list: Vec<String> = paths?
            .iter()
            .map(|path| format!("\"{}\"", path.display()))
            .collect();
        let script = format!("GROUP ( {} )\n", list.join(" "));
        std::fs::write(folder.join(format!("lib{name}.a")), script).ok()?;
    }
    Some(())
}

/// Where the linker has a static library.
fn find(library: &str) -> Option<PathBuf> {
    let linker = std::env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let asked = format!("-print-file-name=lib{library}.a");
    let output = Command::new(linker).arg(asked).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // What is not found comes back as it was asked for.
    (path.is_absolute() && path.is_file()).then_some(path)
}
