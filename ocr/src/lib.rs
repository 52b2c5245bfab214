//! What a paper says. Pure code: no input or output, no clock, no threads; the same bytes give the same reading.
//!
//! The way of a field: a [`page::Page`] of tokens (or an XML file, or a code on the page) gives candidates, `extract` picks
//! the most consistent whole, `check` adds findings, and the result is a [`reading::Reading`], which is also what the
//! JSON API serves. [`protocol`] is what the service and the sandboxed reader say to each other.

pub mod check;
pub mod code;
pub mod context;
pub mod evidence;
pub mod extract;
pub mod fold;
pub mod html;
pub mod likeness;
pub mod page;
pub mod protocol;
pub mod reading;
pub mod sheet;
pub mod split;
pub mod value;
pub mod vocab;
pub mod xml;
