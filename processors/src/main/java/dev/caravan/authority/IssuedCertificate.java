package dev.caravan.authority;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;

/**
 * What an authority's ledger says of a certificate.
 *
 * @param serial    in hexadecimal
 * @param subject   the platform's or the operator's name
 * @param ekSha256  SHA-256 of the EK certificate's DER that the platform proved to hold, in hexadecimal; null for an
 *                  operator
 * @param revokedAt null while it is not revoked
 * @param reason    null while it is not revoked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IssuedCertificate(String serial, CertificateRole role, String subject, String ekSha256,
        Instant issuedAt, Instant expiresAt, Instant revokedAt, RevocationReason reason) {
}
