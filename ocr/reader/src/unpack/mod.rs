//! Containers taken apart: mails, archives and what lies inside them. Every part found ends with a verdict and a reason.

pub mod decode;
