"""The report on paper: the same words as the page, as a PDF."""

from __future__ import annotations

from messaging.reports import telling
from messaging.reports.campaign_report import Report
from tenants.paper import Paper, when


def pdf(report: Report) -> bytes:
    """The report as a PDF."""
    client = report.campaign.client
    paper = Paper(
        telling.name_of(report),
        f"{client.name} · by {client.agency.name} · counted {when(report.at)} UTC",
        margin=0.7,
    )
    paper.table(
        ["What", "Number", "Of that"],
        [(name, figure, note) for name, figure, note in telling.numbers(report)],
        [3, 1, 5],
    )
    paper.paragraph(report.outcomes.lift.says)
    paper.bars([(row["label"], row["value"], row["text"]) for row in telling.bars(report)])
    if still := telling.open_windows(report):
        paper.paragraph(still, pale=True)
    for each in report.wordings:
        paper.heading(each.name)
        paper.paragraph(each.says)
        paper.table(["What", "Wording A", "Wording B"], [list(row) for row in each.rows], [2, 3, 3])
    paper.heading("Counted")
    paper.facts(telling.counted(report))
    paper.heading("Whose yes, and how a no was honoured")
    paper.facts(telling.compliance(report))
    paper.heading("Never sent, and why")
    paper.table(["Why", "Messages"], [(says, f"{many:,}") for says, many in telling.held(report)], [6, 1])
    for paragraph in telling.paragraphs(report):
        paper.paragraph(paragraph, pale=True)
    return paper.made()
