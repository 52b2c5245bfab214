"""Verifies a KSeF sign-in document (AuthTokenRequest with a XAdES signature) from standard input, with signxml: XMLDSIG and XAdES by a reading of
the standards that is not Postroom's. The certificate in the signature is taken as it is: whether it is a known one is not asked here.

Prints JSON: what is signed, or {"error": why}."""

import base64
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

NAMES = {
    "t": "http://ksef.mf.gov.pl/auth/token/2.0",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
}


def text(node, path):
    found = node.xpath(f"string({path})", namespaces=NAMES)
    if not found:
        raise ValueError(f"{path} is missing")
    return found


def verified(document):
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    certificate = x509.load_der_x509_certificate(base64.b64decode(text(root, ".//ds:X509Certificate")))
    parts = XAdESVerifier().verify(document, x509_cert=certificate, expect_config=XAdESSignatureConfiguration(expect_references=2))
    # Only what the signature covers is looked at: the document without it, and the signed properties.
    request, properties = (part.signed_xml for part in parts)
    if [child.tag for child in request] != [f"{{{NAMES['t']}}}{name}" for name in ("Challenge", "ContextIdentifier", "SubjectIdentifierType")]:
        raise ValueError("these are not the elements of authv2.xsd in their order")
    if properties.tag != f"{{{NAMES['xades']}}}SignedProperties":
        raise ValueError("the second reference is not the signed properties")
    return {
        "challenge": text(request, "t:Challenge"),
        "nip": text(request, "t:ContextIdentifier/t:Nip"),
        "subject_type": text(request, "t:SubjectIdentifierType"),
        "signing_time": text(properties, ".//xades:SigningTime"),
        "method": text(root, ".//ds:SignatureMethod/@Algorithm").rpartition("#")[2],
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
    }


try:
    print(json.dumps(verified(sys.stdin.buffer.read())))
except Exception as error:  # whatever is wrong with it
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
