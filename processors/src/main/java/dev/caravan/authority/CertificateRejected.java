package dev.caravan.authority;

/** A certificate that does not hold; the message is the reason. */
public class CertificateRejected extends Exception {
    private static final long serialVersionUID = 1L;

    public CertificateRejected(String reason) {
        super(reason);
    }

    public CertificateRejected(String reason, Throwable cause) {
        super(reason, cause);
    }
}
