package dev.caravan.authority;

import org.bouncycastle.asn1.x509.CRLReason;

/** Why a certificate was revoked, as revocation lists have it (RFC 5280, 5.3.1). */
public enum RevocationReason {
    /** Whoever held it was thrown out. */
    WITHDRAWN(CRLReason.privilegeWithdrawn),
    /** Its platform has enrolled again. */
    SUPERSEDED(CRLReason.superseded);

    private final int code;

    RevocationReason(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
