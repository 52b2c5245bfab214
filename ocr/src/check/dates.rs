//! Dates in an order that can be.

use jiff::ToSpan;

use super::{Paper, finding};
use crate::context::Context;
use crate::reading::{FieldName, Finding, Severity};

pub(super) fn check(paper: &Paper<'_>, context: &Context, findings: &mut Vec<Finding>) {
    let (issue, due) = (paper.date(FieldName::IssueDate), paper.date(FieldName::DueDate));
    if let (Some(issue), Some(due)) = (issue, due)
        && due < issue
    {
        let message = format!("It is due on {due}, before its date {issue}.");
        findings.push(finding("due_before_issue", Severity::Warning, &[FieldName::IssueDate, FieldName::DueDate], message));
    }
    let today = context.today.as_deref().and_then(|t| t.parse::<jiff::civil::Date>().ok());
    let (Some(issue), Some(today)) = (issue, today) else { return };
    // A day of difference is a matter of time zones.
    if today.checked_add(1.day()).is_ok_and(|tomorrow| issue > tomorrow) {
        let message = format!("Its date {issue} is after today, {today}.");
        findings.push(finding("date_in_future", Severity::Warning, &[FieldName::IssueDate], message));
    }
    if issue.checked_add(5.years()).is_ok_and(|limit| limit < today) {
        let message = format!("Its date {issue} is more than five years before today, {today}.");
        findings.push(finding("date_long_ago", Severity::Info, &[FieldName::IssueDate], message));
    }
}
