//! Where a pack goes: a folder, or a ZIP that is written as it is read, into a file or an answer.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc::{Receiver, Sender};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::pack::Piece;
use crate::http::Problem;

/// Writes files into a new folder. Runs on a thread of its own. Files and folders are on the disk when it answers.
pub fn into_folder(folder: &Path, mut pieces: Receiver<Piece>) -> io::Result<()> {
    std::fs::create_dir(folder)?;
    let mut folders = BTreeSet::from([folder.to_owned()]);
    let mut open: Option<File> = None;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::File(name) => {
                sync(open.take())?;
                let place = within(folder, &name).ok_or_else(|| io::Error::other(format!("{name} is no place in a folder")))?;
                if let Some(parent) = place.parent() {
                    std::fs::create_dir_all(parent)?;
                    folders.extend(parent.ancestors().take_while(|one| one.starts_with(folder)).map(Path::to_owned));
                }
                open = Some(File::create_new(place)?);
            }
            Piece::Data(bytes) => {
                if let Some(file) = &mut open {
                    file.write_all(&bytes)?;
                }
            }
        }
    }
    sync(open)?;
    folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())?;
    sync_parent(folder)
}

/// Writes a ZIP into a new file. Runs on a thread of its own. The file is on the disk when it answers.
pub fn into_zip_file(place: &Path, pieces: Receiver<Piece>) -> io::Result<()> {
    let mut to = BufWriter::new(File::create_new(place)?);
    into_zip(&mut to, pieces)?;
    to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    sync_parent(place)
}

/// The entry of a file or folder in the folder that it is in.
fn sync_parent(place: &Path) -> io::Result<()> {
    let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

fn sync(file: Option<File>) -> io::Result<()> {
    file.map_or(Ok(()), |file| file.sync_all())
}

/// A file of a pack within a folder; none for a name that leads out of it.
pub fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| folder.join(name))
}

/// Writes a ZIP as it goes. Runs on a thread of its own.
pub fn into_zip(to: impl Write, mut pieces: Receiver<Piece>) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(to);
    let options = SimpleFileOptions::default().large_file(true);
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::File(name) => {
                // Papers are compressed already.
                let method = match name.ends_with(".jsonl") || name.ends_with(".csv") {
                    true => zip::CompressionMethod::Deflated,
                    false => zip::CompressionMethod::Stored,
                };
                zip.start_file(name, options.compression_method(method))?;
            }
            Piece::Data(bytes) => zip.write_all(&bytes)?,
        }
    }
    zip.finish()?.into_inner().flush()
}

/// Bytes for the body of an answer, in pieces of some size.
pub struct Body {
    to: Sender<io::Result<Bytes>>,
    held: BytesMut,
}

const PIECE: usize = 64 << 10;

impl Body {
    /// Sends to `to`.
    pub fn new(to: Sender<io::Result<Bytes>>) -> Body {
        Body { to, held: BytesMut::with_capacity(PIECE) }
    }
}

impl Write for Body {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = self.held.split().freeze();
        if piece.is_empty() {
            return Ok(());
        }
        self.to.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// An answer that is a ZIP, sent while it is made. Where `send` fails, the body ends with an error: that is no whole file to whoever
/// receives it.
pub fn answer<F, Sent>(send: F) -> Response
where
    F: FnOnce(Sender<Piece>) -> Sent,
    Sent: Future<Output = Result<(), Problem>> + Send + 'static,
{
    let (to, pieces) = tokio::sync::mpsc::channel(16);
    let (bytes, body) = tokio::sync::mpsc::channel(16);
    let failed = bytes.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = into_zip(Body::new(bytes), pieces) {
            tracing::warn!(%error, "a ZIP was broken off");
        }
    });
    let sent = send(to);
    tokio::spawn(async move {
        if let Err(problem) = sent.await {
            tracing::warn!(problem = problem.sentence(), "a ZIP was broken off");
            let _ = failed.send(Err(io::Error::other("the ZIP could not be finished"))).await;
        }
    });
    let stream = futures::stream::unfold(body, |mut body| async move { body.recv().await.map(|piece| (piece, body)) });
    // A body that is compressed on its way is asked once more after its end.
    let stream = futures::StreamExt::fuse(stream);
    ([(header::CONTENT_TYPE, "application/zip")], axum::body::Body::from_stream(stream)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let folder = Path::new("/pack");
        assert_eq!(within(folder, "rows/part.jsonl"), Some(PathBuf::from("/pack/rows/part.jsonl")));
        for name in ["", "/etc/passwd", "../x", "a/../../x", "./x"] {
            assert_eq!(within(folder, name), None, "{name}");
        }
    }
}
