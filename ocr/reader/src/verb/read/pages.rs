//! Pages with their tokens: the text layer where it can be relied on, else OCR.

use std::ops::RangeInclusive;

use ocr::page::Page;
use ocr::protocol::{ErrorCode, Reply, Role, Verb};
use ocr::split::Split;

use super::super::{Models, Tools};
use super::second::Seen;
use super::{File, Work, parts};
use crate::failure::Failure;
use crate::pdf::{Document, Layer, Shades};
use crate::picture;

/// Scans are drawn at this resolution; a finer one costs time and reads no better.
pub(super) const DPI: f32 = 200.0;
/// Pixels of a page drawn for OCR: an A3 sheet has 8 million.
pub(super) const MOST_PIXELS: u64 = 25_000_000;

impl Work<'_> {
    /// The pages of a PDF, and the invoice inside it.
    pub fn pdf(&mut self, tools: &mut Tools, file: &File<'_>) -> Result<(), Failure> {
        let Tools { pdf, models, .. } = tools;
        let document = self.clock.time(|took| &mut took.open, || pdf.open(file.bytes))?;
        self.embedded(&document.embedded(self.request.limits.xml_bytes));
        let wanted = self.wanted(document.pages(), file);
        let mut unread = 0;
        for number in wanted.clone() {
            let Layer { page, sane, doubtful } = self.clock.time(|took| &mut took.text, || document.text(number))?;
            let page = parts::of_text(page, file.region);
            let total = wanted.end() + 1 - wanted.start();
            // What the file says as data is not guessed from its picture once more.
            if sane || self.has_data() {
                self.add(page, total, file)?;
                self.seen.last_mut().into_iter().for_each(|seen| seen.doubtful = doubtful);
            } else if self.clock.is_late() {
                unread += 1;
                self.add(page, total, file)?;
            } else {
                for page in self.recognise(models, &document, page, file)? {
                    self.add(page, total, file)?;
                }
            }
        }
        if unread > 0 {
            self.note("pages_unread", format!("{unread} pages are pictures that were not read: there was no time left for them"));
        }
        Ok(())
    }

    /// The text of a mail, or another page of HTML.
    pub fn html(&mut self, file: &File<'_>) -> Result<(), Failure> {
        let laid = self.clock.time(|took| &mut took.text, || picture::sheet::html(file.bytes, file.declared));
        let laid = laid.ok_or_else(|| Failure::internal("the font that is part of the program cannot be read"))?;
        if laid.is_empty() {
            return Err(Failure::new(ErrorCode::Empty, "there is no text in this page of HTML"));
        }
        let wanted = self.wanted(u32::try_from(laid.len()).unwrap_or(u32::MAX), file);
        let total = wanted.end() + 1 - wanted.start();
        for page in laid.into_iter().map(|one| one.page).filter(|page| wanted.contains(&page.number)) {
            self.add(parts::of_text(page, file.region), total, file)?;
        }
        Ok(())
    }

    /// A picture, or the pages of one that has several.
    pub fn picture(&mut self, tools: &mut Tools, file: &File<'_>) -> Result<(), Failure> {
        let mut pictures = self.clock.time(|took| &mut took.open, || picture::open(file.bytes, &self.request.limits))?;
        let wanted = self.wanted(pictures.total(), file);
        let total = wanted.end() + 1 - wanted.start();
        pictures.skip_pages(wanted.start() - 1);
        let engines = tools.models.engines()?;
        let (region, may_part) = (file.region, self.may_part());
        for number in wanted {
            if self.clock.is_late() && !self.pages.is_empty() {
                self.note("pages_unread", format!("the pages from {number} on were not read: there was no time left for them"));
                break;
            }
            let Some(picture) = self.clock.time(|took| &mut took.open, || pictures.next()) else { break };
            let read = picture.map_err(Failure::from).and_then(|picture| {
                let view = parts::View { picture: &picture.grey(), dpi: picture.dpi(), number };
                self.clock.time(|took| &mut took.ocr, || view.read(engines, region, may_part))
            });
            match read {
                Ok(pages) => pages.into_iter().try_for_each(|page| self.add(page, total, file))?,
                Err(failure) if total == 1 => return Err(failure),
                Err(failure) => self.note("page_unread", format!("page {number}: {}", failure.message)),
            }
        }
        match self.pages.is_empty() {
            true => Err(Failure::broken("the picture")),
            false => Ok(()),
        }
    }

    /// Which pages of a file belong to the paper and are read.
    fn wanted(&mut self, pages: u32, file: &File<'_>) -> RangeInclusive<u32> {
        let [first, last] = file.page_range.unwrap_or([1, pages]);
        let (first, last) = (first.clamp(1, pages.max(1)), last.clamp(1, pages.max(1)));
        self.total += pages;
        self.range.get_or_insert([first, last]);
        let most = self.request.limits.pages;
        if last.saturating_sub(first) >= most {
            self.note("page_limit", format!("only the first {most} of {} pages were read", last - first + 1));
        }
        first..=last.min(first.saturating_add(most).saturating_sub(1))
    }

    /// A page by OCR, or the papers on it. A page that cannot be drawn stays as it was, with a finding, and the others are still read.
    fn recognise(
        &mut self,
        models: &mut Models,
        document: &Document<'_>,
        page: Page,
        file: &File<'_>,
    ) -> Result<Vec<Page>, Failure> {
        let engines = models.engines()?;
        let number = page.number;
        let most = self.request.limits.pixels.min(MOST_PIXELS);
        let may_part = self.may_part();
        let read = self.clock.time(
            |took| &mut took.ocr,
            || {
                let drawn = document.draw(number, DPI, Shades::Grey, most)?;
                let view = parts::View { picture: &drawn.picture.into_luma8(), dpi: drawn.dpi, number };
                view.read(engines, file.region, may_part)
            },
        );
        match read {
            Ok(pages) => Ok(pages),
            Err(failure) => {
                self.note("page_unread", format!("page {number}: {}", failure.message));
                Ok(vec![page])
            }
        }
    }

    /// Whether a page may turn out to show several papers.
    fn may_part(&self) -> bool {
        self.split == Split::Automatic && !self.has_data()
    }

    fn add(&mut self, mut page: Page, total: u32, file: &File<'_>) -> Result<(), Failure> {
        self.seen.push(Seen { file: file.index, number: page.number, doubtful: false });
        // The pages of several files (photos of one paper) are counted through.
        if self.request.inputs.iter().filter(|input| input.role == Role::Visual).count() > 1 {
            page.number = u32::try_from(self.pages.len()).unwrap_or(u32::MAX).saturating_add(1);
        }
        let reply = Reply::Page(page);
        if matches!(self.request.verb, Verb::Read { tokens: true, .. }) {
            self.out.send(&reply, &[]).map_err(Failure::internal)?;
        }
        if let Reply::Page(page) = reply {
            self.pages.push(page);
        }
        if total > 1 {
            let done = u32::try_from(self.pages.len()).unwrap_or(u32::MAX);
            self.out.send(&Reply::Progress { done, total }, &[]).map_err(Failure::internal)?;
        }
        Ok(())
    }
}
