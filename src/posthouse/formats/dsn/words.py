"""The first part of a notification: plain English for somebody who only wanted to write to somebody."""

import textwrap

from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus

_COLUMNS = 72
_TITLES = {
    Action.FAILED: "Your message could not be delivered",
    Action.DELAYED: "Your message is delayed",
    Action.DELIVERED: "Your message was delivered",
    Action.RELAYED: "Your message was passed on",
    Action.EXPANDED: "Your message was distributed",
}
_OPENINGS = {
    Action.FAILED: "Your message could not be delivered to the following recipients, and no further attempt will be made:",
    Action.DELAYED: "Your message could not yet be delivered to the following recipients. You need not send it again:",
    Action.DELIVERED: "Your message was delivered to the following recipients:",
    Action.RELAYED: "Your message was passed on to a server that does not send confirmations, for the following recipients:",
    Action.EXPANDED: "Your message was distributed to the members of the following lists:",
}
# RFC 3463 §3: what the most frequent codes mean, in words of everyday.
_REASONS = {
    "1.1": "The address does not exist.",
    "1.2": "The domain of the address does not exist.",
    "1.3": "The address is not written correctly.",
    "1.10": "The domain does not accept mail.",
    "2.1": "The mailbox is switched off.",
    "2.2": "The mailbox is full.",
    "2.3": "The message is too large for the mailbox.",
    "3.4": "The message is too large for the server of the recipient.",
    "4.1": "The server of the recipient does not answer.",
    "4.2": "The connection to the server of the recipient broke.",
    "4.3": "The domain of the recipient could not be looked up.",
    "4.4": "No server takes mail for the recipient's domain.",
    "4.6": "The message went round in circles.",
    "4.7": "The server of the recipient could not be reached in time.",
    "4.5": "The server of the recipient has too much to do.",
    "6.3": "The server of the recipient takes only simpler messages than this one.",
    "6.7": "The server of the recipient does not understand addresses or headers in this script.",
    "7.5": "The connection to the server of the recipient cannot be made safe.",
    "7.30": "The message may only go over safe connections, and there is none all the way.",
    "7.1": "The server of the recipient does not allow the message.",
}


def title(status: DeliveryStatus) -> str:
    """Return the subject of the notification: what became of its gravest recipient."""
    for action in Action:
        if any(recipient.action is action for recipient in status.recipients):
            return _TITLES[action]
    return "Delivery report"


def explain(status: DeliveryStatus, *, whole: bool) -> str:
    """Return the text: per action its recipients, the reason in words and the answer of the other server; LF line ends.

    ``whole`` tells whether the message itself is attached, and not only its header.
    """
    paragraphs = [f"This is the mail server {status.reporting_mta}."]
    for action in Action:
        concerned = [recipient for recipient in status.recipients if recipient.action is action]
        if concerned:
            paragraphs.append(textwrap.fill(_OPENINGS[action], _COLUMNS))
            paragraphs += map(_about, concerned)
    attached = "your message" if whole else "the header of your message"
    paragraphs.append(textwrap.fill(f"Details for your system administrator and {attached} are attached.", _COLUMNS))
    return "\n\n".join(paragraphs) + "\n"


def _about(recipient: RecipientStatus) -> str:
    lines = [f"  {recipient.final_recipient}"]
    if recipient.original_recipient and recipient.original_recipient.lower() != recipient.final_recipient.lower():
        lines.append(f"    (you wrote to {recipient.original_recipient})")
    if recipient.action in (Action.FAILED, Action.DELAYED):
        reason = _REASONS.get(recipient.status.partition(".")[2])
        lines += [f"    {reason}"] if reason else []
        if recipient.diagnostic_code:
            source = f"The server {recipient.remote_mta} said" if recipient.remote_mta else "The answer was"
            lines.append(f"    {source}: {recipient.diagnostic_code}")
    if recipient.will_retry_until and recipient.action is Action.DELAYED:
        lines.append(f"    Attempts go on until {recipient.will_retry_until:%Y-%m-%d %H:%M %Z}.")
    return "\n".join(_wrapped(line) for line in lines)


def _wrapped(line: str) -> str:
    # An address is never torn, however long it is.
    return textwrap.fill(line, _COLUMNS, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
