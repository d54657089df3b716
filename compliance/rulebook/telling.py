"""The rulebook in words, for the command and for docs/rules.md."""

from __future__ import annotations

from compliance.rulebook.register import RULES, RuleEntry

HEAD = """# Rules

Every rule the product knows of, with what keeps it: a check of the gate, a finding of the review of the words, or something the
product does by itself; or why it is not built. Written by `manage.py rulebook --markdown` from `compliance/rulebook/rules.csv`;
a test fails when this page and that table differ, and when a rule has neither.

It is not legal advice. Where a source could not be confirmed the stricter reading is kept, and the doubt is named. Hours and
holidays of the states stand in `compliance/hours/`, dated and with their sources; places in `consent/places/`. What nobody has
looked at for 180 days is pointed out by `manage.py rulebook` and on the rulebook's page.

"""


def kept(rule: RuleEntry) -> str:
    """What keeps a rule, or why nothing does, in a sentence."""
    if rule.why_not:
        return rule.why_not
    parts = [
        ("Check", rule.names("check")),
        ("Review of the words", rule.names("review")),
        ("By itself", [name.replace(":", ".") for name in rule.names("act")]),
    ]
    return " ".join(f"{title}: {', '.join(names)}." for title, names in parts if names)


def dates(rule: RuleEntry) -> str:
    """From when until when it holds, and when it was last looked at."""
    since = f"Holds since {rule.effective_from}. " if rule.effective_from else ""
    until = f"Holds until before {rule.effective_until}. " if rule.effective_until else ""
    return f"{since}{until}Looked at on {rule.reviewed_at}."


def markdown() -> str:
    """The page docs/rules.md."""
    lines = ["| Rule | What it asks | Effect, when | What keeps it | Source |", "|---|---|---|---|---|"]
    for rule in RULES:
        doubt = f" *Not confirmed: {rule.doubt}.*" if rule.doubt else ""
        when = f"{rule.shown_effect}: {', '.join(rule.when)}" if rule.default == "on" else "Off"
        cells = (f"`{rule.id}`", rule.says + doubt, when, kept(rule), f"{rule.cites}. {dates(rule)}")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return HEAD + "\n".join(lines) + "\n"
