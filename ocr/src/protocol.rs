//! What the service and the sandboxed reader say to each other over a socket pair.
//!
//! A frame is a big-endian u32 length, that many bytes of JSON (at most [`MAX_HEADER`]), and, where the JSON names a
//! `payload` length, that many raw bytes. The service sends one [`Request`] with a sealed memfd holding the input; the reader
//! streams [`Reply`] frames and ends with `result` or `error`. The service trusts nothing that comes back: lengths are
//! capped, and a reader that breaks the protocol is killed.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::page::{Box, Page};
use crate::reading::Reading;

/// Version of this protocol; both sides come from one build, so a mismatch is an installation error.
pub const VERSION: u32 = 1;

/// Largest JSON header of a frame, in bytes.
pub const MAX_HEADER: usize = 32 << 20;

/// One job for a reader. The input travels beside it as a sealed memfd.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`VERSION`].
    pub version: u32,
    /// Name of the job in logs.
    pub job: String,
    /// What to do.
    pub verb: Verb,
    /// Milliseconds from now after which nobody waits for the answer.
    pub deadline_ms: u64,
    /// What the job may use.
    pub limits: Limits,
    /// Slices of the memfd: one for most verbs, several where a paper has several pieces.
    pub inputs: Vec<Input>,
}

/// What a reader can be asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Verb {
    /// Take a container (mail, archive) apart; answers with a [`Reply::Part`] for each part found.
    Unpack,
    /// Read a paper: readings, and before them its pages where they are wanted.
    Read {
        /// What is known beforehand.
        context: Context,
        /// Each page comes with its tokens, to be kept ([`Reply::Page`]).
        tokens: bool,
    },
    /// Read again from tokens that were kept. The input is the JSON of a `Vec<Page>`.
    Extract {
        /// What is known beforehand.
        context: Context,
        /// A reading of these pages that stays as it is but for what the context's memory says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reading: Option<std::boxed::Box<Reading>>,
    },
    /// Draw one page; answers with [`Reply::Image`].
    Render {
        /// From 1.
        page: u32,
        /// Dots per inch.
        dpi: u32,
        /// Degrees clockwise to turn the picture, as [`Page::turned`] says; the page size of the answer is the turned one.
        #[serde(default)]
        turn: u16,
        /// The part of the page to draw, in points before the turn; null for all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<Box>,
    },
}

/// One slice of the memfd.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// What this piece is to the paper.
    pub role: Role,
    /// The file's name, a hint only.
    pub name: Option<String>,
    /// Its media type as declared, with the charset if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Pages of it that belong to the paper, from 1; null for all.
    pub page_range: Option<[u32; 2]>,
    /// The part of that page that is the paper, in points before any turn; null for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box>,
    /// First byte in the memfd.
    pub offset: u64,
    /// Length in bytes.
    pub len: u64,
}

/// What a piece is to its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What a person looks at.
    Visual,
    /// The same paper as data (XML).
    Structured,
    /// A detached signature.
    Signature,
}

/// What a job may use. The defaults are the shipped limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Pages read of one file.
    pub pages: u32,
    /// Pixels of one picture or rendered page.
    pub pixels: u64,
    /// Parts found in one container, nested ones included.
    pub parts: u32,
    /// Containers within containers.
    pub depth: u32,
    /// Bytes unpacked from one container in all.
    pub unpacked_bytes: u64,
    /// Bytes of one XML file.
    pub xml_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { pages: 200, pixels: 100_000_000, parts: 1_000, depth: 8, unpacked_bytes: 200 << 20, xml_bytes: 16 << 20 }
    }
}

/// Which models read pictures: better or faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The smallest detector and recogniser; its recogniser does not know every letter (ș, ț).
    Fast,
    /// The same, and the better recogniser again for each line in which a character is not sure.
    #[default]
    Normal,
    /// The better of both.
    Thorough,
}

impl Tier {
    /// All of them, fastest first.
    pub const ALL: [Tier; 3] = [Tier::Fast, Tier::Normal, Tier::Thorough];

    /// As configurations and command lines have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tier::Fast => "fast",
            Tier::Normal => "normal",
            Tier::Thorough => "thorough",
        }
    }

    /// The tier of this name.
    pub fn parse(name: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|tier| tier.as_str() == name)
    }
}

/// What a reader answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// First frame after the start: the reader is ready.
    Ready {
        /// Its [`VERSION`].
        version: u32,
        /// Version of code and models, as it appears in readings.
        reader_version: String,
        /// What of the sandbox the kernel enforced.
        sandbox: Sandbox,
    },
    /// Something is being done.
    Progress {
        /// Pages finished.
        done: u32,
        /// Pages in all.
        total: u32,
    },
    /// A page with its tokens.
    Page(Page),
    /// A part of a container; its bytes follow as the payload.
    Part {
        /// What it is.
        part: Part,
        /// Length of the bytes that follow.
        payload: u64,
    },
    /// A drawn page; its bytes follow as the payload.
    Image {
        /// `image/png` or `image/jpeg`.
        media_type: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The page in points, as displayed, to place boxes on it.
        page_size: [f32; 2],
        /// Pages of the file.
        pages: u32,
        /// Length of the bytes that follow.
        payload: u64,
    },
    /// Last frame of a job that worked.
    Result {
        /// One a paper; empty for verbs that read nothing.
        readings: Vec<Reading>,
    },
    /// Last frame of a job that did not work.
    Error {
        /// Stable name.
        code: ErrorCode,
        /// A sentence for a person: what happened and what to do.
        message: String,
    },
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A password is needed.
    Encrypted,
    /// Damaged or cut short.
    Broken,
    /// No bytes, or no page.
    Empty,
    /// A kind of file we do not read.
    Unsupported,
    /// Over a limit of size, pages, pixels or parts.
    TooLarge,
    /// Took longer or more memory than a job may.
    TooHeavy,
    /// The reader died.
    Crashed,
    /// Our own fault: protocol or installation.
    Internal,
}

/// A part of a container, as found. Its path says where: `1.2` is the second part of the first, `2/1` the first part
/// inside the container that part 2 is, `3!inv/a.pdf` a member of the archive that part 3 is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Unique within the submission and the same each time the same bytes are unpacked.
    pub path: String,
    /// File name as given, decoded, cleaned for display; never a path or a key.
    pub name: Option<String>,
    /// Media type by content.
    pub media_type: String,
    /// Media type as declared, if any.
    pub declared_type: Option<String>,
    /// What becomes of it.
    pub verdict: PartVerdict,
    /// Why, as a stable name; null for plain documents.
    pub reason: Option<String>,
    /// The same for a person.
    pub message: Option<String>,
    /// Length of its bytes.
    pub size: u64,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartVerdict {
    /// It is a paper.
    Document,
    /// It was opened; its content follows.
    Container,
    /// Kept and not made a document (logo, text body, signature).
    SetAside,
    /// Not taken (program, over a limit).
    Refused,
}

/// What of the sandbox the kernel enforced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Own user and network namespaces.
    pub namespaces: bool,
    /// `full`, `partial` or `none`.
    pub landlock: String,
    /// System-call filter in force.
    pub seccomp: bool,
    /// Address-space and data limits in bytes.
    pub memory_limit: u64,
}
