"""Counts of TLS sessions as a TLS report tells them: by policy, with what went wrong (RFC 8460 §4.4)."""

from collections.abc import Sequence

from posthouse.formats.reports.tls import FailureDetails, PolicyDescription, PolicyResults, Summary
from posthouse.ports.tls_results import TlsCount


def summed(counts: Sequence[TlsCount]) -> list[PolicyResults]:
    """Counts of one domain by policy: sessions that went well, and what went wrong with the others."""
    found = []
    by_policy: dict[tuple[str, str], list[TlsCount]] = {}
    for each in counts:
        by_policy.setdefault((each.session.policy_type, each.session.policy_text), []).append(each)
    for (policy_type, text), members in by_policy.items():
        failed = [each for each in members if each.session.result]
        details = tuple(
            FailureDetails(
                result_type=each.session.result,
                failed_session_count=each.count,
                receiving_mx_hostname=each.session.mx_host,
                receiving_ip=each.session.receiving_ip,
            )
            for each in failed
        )
        bad = sum(each.count for each in failed)
        hosts = (
            tuple(dict.fromkeys(each.session.mx_host for each in members if each.session.mx_host)) if policy_type == "sts" else ()
        )
        policy = PolicyDescription(policy_type, members[0].session.policy_domain, tuple(text.splitlines()), hosts)
        summary = Summary(sum(each.count for each in members) - bad, bad)
        found.append(PolicyResults(policy, summary, details))
    return found
