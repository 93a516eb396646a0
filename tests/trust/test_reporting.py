"""Verdicts as a header field, from one look at a message."""

from tests.support.asked import answered
from tests.support.dkim_messages import BODY, HEAD, KEYS, SIGNATURES

from posthouse.formats.authentication_results.serialise import serialise
from posthouse.formats.authentication_results.value import AuthenticationResults
from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dmarc.evaluate import evaluate
from posthouse.trust.examination import examine
from posthouse.trust.reporting import arc_result, dkim_results, dmarc_result, spf_result
from posthouse.trust.spf import verdict as spf


def test_one_message_from_octets_to_field() -> None:
    zone = {**KEYS, ("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject; sp=none",)}
    examined = examine(SIGNATURES + HEAD + b"\r\n", [BODY])
    signatures = answered(dkim.verify(examined.signatures, 1_528_637_909), zone)
    sender = spf.Verdict(result=spf.Result.SOFTFAIL, identity=spf.Identity.MAIL_FROM, domain="b.example", reason="~all matched")
    verdict = answered(evaluate(HEAD, sender, signatures), zone)
    chain = answered(arc.verify(examined.chain, 0), zone)
    results = (spf_result(sender, "a@b.example"), *dkim_results(signatures), dmarc_result(verdict), arc_result(chain))
    assert serialise(AuthenticationResults(authserv_id="mx.example", results=results)).decode() == (
        "Authentication-Results: mx.example;\r\n"
        '\tspf=softfail reason="~all matched" smtp.mailfrom=a@b.example;\r\n'
        "\tdkim=pass header.d=football.example.com header.i=@football.example.com\r\n"
        '\theader.s=brisbane header.a=ed25519-sha256 header.b="/gCrinpc";\r\n'
        "\tdkim=pass header.d=football.example.com header.i=@football.example.com\r\n"
        "\theader.s=test header.a=rsa-sha256 header.b=F45dVWDf;\r\n"
        "\tdmarc=pass (p=none dis=none) header.from=football.example.com;\r\n"
        "\tarc=none\r\n"
    )


def test_nothing_to_say() -> None:
    assert [(found.method, found.result) for found in dkim_results(())] == [("dkim", "none")]
    nobody = answered(evaluate(b"To: a@b.example\r\n", None, ()), {})
    assert dmarc_result(nobody).reason == "no single From with usable domains"


def test_what_a_reader_should_know_about_a_signature() -> None:
    verdict = dkim.Verdict(result=dkim.Result.PASS, domain="a.example", testing=True, unsigned_octets=7)
    assert dkim_results((verdict,))[0].comment == "testing; 7 octets are not signed"
