//! The document with which a certificate signs in at KSeF: an AuthTokenRequest (namespace of authv2.xsd) with an enveloped XAdES signature
//! (ETSI EN 319 132-1, level B-B; auth/podpis-xades.md names what KSeF takes).
//!
//! What is signed must be in canonical form (Exclusive XML Canonicalization 1.0). Here each signed piece is written in that form, so that its text is
//! its canonical form and nothing has to canonicalise: no white space between elements, no comments, no empty-element tags, attributes in double
//! quotes and in the order of their names after the namespace, each namespace declared on the outermost elements of the piece that use it and
//! nowhere else within it, and only characters that no form would escape (the challenge and the NIP are checked, all else is base64, a time, or
//! fixed). A declaration that is repeated from around a piece is allowed in XML and is what its canonical form has. The signature lies at the end of
//! the document, so that the document without it (which is what the first reference is about) is the same text before and after.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::certificate::Key;

const REQUEST: &str = "http://ksef.mf.gov.pl/auth/token/2.0";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA_256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA_256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const ECDSA_SHA_256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

/// What is asked for.
pub struct Request<'a> {
    /// What KSeF gave to be signed.
    pub challenge: &'a str,
    /// For which company.
    pub nip: &'a str,
    /// KSeF knows who signs by the number in the certificate's subject; else by its fingerprint.
    pub by_number: bool,
    /// When it is signed.
    pub at: Timestamp,
}

/// The signed document. None: the challenge or the NIP has characters that neither has, or the key cannot sign.
pub fn sign(request: &Request<'_>, certificate: &[u8], key: &Key) -> Option<String> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain(request.challenge) || !plain(request.nip) {
        return None;
    }
    let who = if request.by_number { "certificateSubject" } else { "certificateFingerprint" };
    let head = format!(
        "<AuthTokenRequest xmlns=\"{REQUEST}\"><Challenge>{}</Challenge><ContextIdentifier><Nip>{}</Nip></ContextIdentifier>\
         <SubjectIdentifierType>{who}</SubjectIdentifierType>",
        request.challenge, request.nip
    );
    const END: &str = "</AuthTokenRequest>";
    let properties = properties(certificate, request.at);
    let info = signed_info(key, &hash(format!("{head}{END}").as_bytes()), &hash(properties.as_bytes()));
    let value = STANDARD.encode(key.sign(info.as_bytes())?);
    let certificate = STANDARD.encode(certificate);
    Some(format!(
        "{head}<ds:Signature xmlns:ds=\"{DS}\" Id=\"Signature\">{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties \
         xmlns:xades=\"{XADES}\" Target=\"#Signature\">{properties}</xades:QualifyingProperties></ds:Object></ds:Signature>{END}"
    ))
}

/// What XAdES adds: when it was signed, with which certificate, and that the document is XML.
fn properties(certificate: &[u8], at: Timestamp) -> String {
    let (digest, at) = (hash(certificate), at.strftime("%Y-%m-%dT%H:%M:%SZ"));
    format!(
        "<xades:SignedProperties xmlns:xades=\"{XADES}\" Id=\"SignedProperties\"><xades:SignedSignatureProperties><xades:SigningTime>{at}\
         </xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod xmlns:ds=\"{DS}\" Algorithm=\"{SHA_256}\">\
         </ds:DigestMethod><ds:DigestValue xmlns:ds=\"{DS}\">{digest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>\
         </xades:SignedSignatureProperties><xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#Request\">\
         <xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>"
    )
}

/// What the key signs: the hashes of the document and of the properties, and how they were made.
fn signed_info(key: &Key, document: &str, properties: &str) -> String {
    let method = match key {
        Key::Ec(_) => ECDSA_SHA_256,
        Key::Rsa(_) => RSA_SHA_256,
    };
    let canonical = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform>");
    let hashed = format!("<ds:DigestMethod Algorithm=\"{SHA_256}\"></ds:DigestMethod>");
    format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod><ds:SignatureMethod \
         Algorithm=\"{method}\"></ds:SignatureMethod><ds:Reference Id=\"Request\" URI=\"\"><ds:Transforms><ds:Transform \
         Algorithm=\"{DS}enveloped-signature\"></ds:Transform>{canonical}</ds:Transforms>{hashed}<ds:DigestValue>{document}</ds:DigestValue>\
         </ds:Reference><ds:Reference Type=\"{SIGNED_PROPERTIES}\" URI=\"#SignedProperties\"><ds:Transforms>{canonical}</ds:Transforms>{hashed}\
         <ds:DigestValue>{properties}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
}

fn hash(bytes: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the signature holds is asked of another implementation, in `tests/it/ksef.rs`.
    #[test]
    fn what_would_have_to_be_escaped_is_not_signed() {
        let pem = include_str!("certificate/fixtures/key.pem");
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let key = Key::load(&STANDARD.decode(body).expect("base64")).expect("a key");
        let request = |challenge, nip| {
            let at = Timestamp::from_second(1_790_847_000).expect("a time");
            sign(&Request { challenge, nip, by_number: true, at }, b"certificate", &key)
        };
        let signed = request("20261001-CR-0000000001-AAAAAAAAAA-0A", "5260250995").expect("signed");
        assert!(
            signed.contains("<Nip>5260250995</Nip>")
                && signed.contains("<xades:SigningTime>2026-10-01T09:30:00Z</xades:SigningTime>")
        );
        for (challenge, nip) in [("", "5260250995"), ("a<b", "5260250995"), ("a b", "5260250995"), ("A-1", "5&"), ("A-1", "")] {
            assert_eq!(request(challenge, nip), None, "{challenge:?} {nip:?}");
        }
    }
}
