"""What an audit found, in words: the same in terminal and page."""

from __future__ import annotations

import math

from lamina.records import AuditFault, AuditRecord
from lamina.reports.wording import grouped, plural

__all__ = ["fault_text", "share_text", "standing_text", "why_text"]

_NAMED = 5


def standing_text(audit: AuditRecord) -> str:
    """ "0 of 412 served results that were executed anyway differed: under 0.73 % wrong (95 %)"."""
    of = f"{grouped(audit.faulty_ever)} of {grouped(audit.compared_ever)} served results that were executed anyway differed"
    return f"{of}: under {share_text(audit.bound)} wrong (95 %)"


def share_text(share: float) -> str:
    """A bound in percent with two digits that count, never rounded down: 0.00724 -> "0.73 %"."""
    percent = share * 100
    if percent >= 99.995:
        return "100 %"
    digits = max(0, 1 - math.floor(math.log10(percent))) if percent > 0 else 2
    return f"{math.ceil(round(percent * 10**digits, 6)) / 10**digits:.{digits}f} %"


def fault_text(fault: AuditFault) -> str:
    """All that is known of one, in a sentence."""
    happened = f"{fault.test} would have been served as {fault.served}, and is {fault.executed} when executed"
    return f"SELECTION FAULT: {happened}. {why_text(fault)} Its recorded results were dropped."


def why_text(fault: AuditFault) -> str:
    """The input that was missing from the record, as far as it can be named."""
    if not fault.missing:
        return (
            "Both runs used the same as far as lamina sees: the test is flaky, or depends on something that is not tracked"
            " (docs/tracking.md)."
        )
    more = len(fault.missing) - _NAMED
    named = ", ".join(fault.missing[:_NAMED]) + (f" and {plural(more, 'thing')} more" if more > 0 else "")
    return f"It used what was not on record for it: {named}. Please report it."
