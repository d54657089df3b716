"""The report on paper: the same words as the page, as a PDF."""

from __future__ import annotations

from messaging.reports import telling
from messaging.reports.campaign_report import Report
from tenants.paper import Paper, when

SIZES = (1, 0.92, 0.84, 0.76, 0.68)  # the smallest letters are five points then


def pdf(report: Report) -> bytes:
    """The report as a PDF: on one page, in smaller letters where it takes them; on more where even those do not do."""
    papers = []
    for size in SIZES:
        paper = _paper(report, size)
        papers.append(paper.made())
        if paper.pages == 1:
            return papers[-1]
    return papers[0]


def _paper(report: Report, size: float) -> Paper:
    client = report.campaign.client
    paper = Paper(
        telling.name_of(report),
        f"{client.name} · by {client.agency.name} · counted {when(report.at)} UTC",
        margin=0.7,
        size=size,
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
    return paper
