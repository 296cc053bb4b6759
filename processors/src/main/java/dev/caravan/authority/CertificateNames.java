package dev.caravan.authority;

import dev.caravan.wire.Excerpt;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/** Certificates by their names, fit for a message: what a stranger wrote is shortened and has no control characters. */
final class CertificateNames {
    private static final int MAX_LENGTH = 120;
    /** Attributes of a TPM (TCG EK Credential Profile, 3.2.9): manufacturer, model, version. */
    private static final String TPM_ATTRIBUTES = "2.23.133.2.";

    private CertificateNames() {
    }

    /**
     * The subject, of which a common name alone goes without saying so; where it is empty, as in EK certificates, the
     * TPM that the alternative name describes.
     */
    static String of(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName();
        return subject.isEmpty() ? tpm(certificate) : shortened(subject.replaceFirst("^CN=([^,+]*)$", "$1"));
    }

    static String issuer(X509Certificate certificate) {
        return shortened(certificate.getIssuerX500Principal().getName());
    }

    static String shortened(String text) {
        return Excerpt.of(text, MAX_LENGTH);
    }

    private static String tpm(X509Certificate certificate) {
        byte[] extension = certificate.getExtensionValue(Extension.subjectAlternativeName.getId());
        List<String> attributes = new ArrayList<>();
        try {
            if (extension != null) {
                for (GeneralName name : GeneralNames
                        .getInstance(ASN1OctetString.getInstance(extension).getOctets()).getNames()) {
                    if (name.getTagNo() == GeneralName.directoryName) {
                        attributes.addAll(tpmAttributes(X500Name.getInstance(name.getName())));
                    }
                }
            }
        } catch (IllegalArgumentException e) {
            attributes.clear();
        }
        return attributes.isEmpty()
                ? "serial number " + shortened(certificate.getSerialNumber().toString(16))
                : shortened("TPM " + String.join(" ", attributes));
    }

    private static List<String> tpmAttributes(X500Name name) {
        List<String> values = new ArrayList<>();
        for (RDN rdn : name.getRDNs()) {
            for (AttributeTypeAndValue attribute : rdn.getTypesAndValues()) {
                if (attribute.getType().getId().startsWith(TPM_ATTRIBUTES)) {
                    values.add(IETFUtils.valueToString(attribute.getValue()));
                }
            }
        }
        return values;
    }
}
