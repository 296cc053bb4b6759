package dev.caravan.session;

import dev.caravan.journal.Role;
import dev.caravan.tpm.PcrSelection;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.UUID;

/**
 * What one side says first: a fresh nonce, its ephemeral key share and the certificates of its platform.
 *
 * <p>Jackson writes it as a flat JSON object with Base64 for byte strings. The constructor checks every size, so that an
 * instance is always well-formed; it says nothing about who sent it. Certificates are judged by the appraisal, which must
 * take them from here and nowhere else: the quote is bound to exactly these bytes.
 *
 * @param version           the source's: the lowest version of the protocol that it speaks; the destination's: the one that
 *                          is used. {@link #speaks} tells the rest
 * @param role              role of the sender
 * @param migrationId       the migration that the session serves
 * @param nonce             {@value #NONCE_BYTES} fresh bytes, random but for the mark of {@link ProtocolVersions}
 * @param x25519            X25519 public key (RFC 7748), {@value #X25519_BYTES} bytes
 * @param mlKem             ML-KEM-768 (FIPS 203): the source's encapsulation key ({@value #ENCAPSULATION_KEY_BYTES}
 *                          bytes), the destination's ciphertext ({@value #CIPHERTEXT_BYTES} bytes)
 * @param aikChain          DER certificates, the AIK's first, 1 to {@value #MAX_CERTIFICATES}, each at most
 *                          {@value #MAX_CERTIFICATE_BYTES} bytes
 * @param ownerChain        DER certificates of the owner, the platform's first, same limits
 * @param pcrs              PCRs of the SHA-256 bank that the sender wants to see quoted: those of its policy
 */
public record Hello(int version, Role role, UUID migrationId, byte[] nonce, byte[] x25519, byte[] mlKem,
        List<byte[]> aikChain, List<byte[]> ownerChain, SortedSet<Integer> pcrs) {

    public static final int NONCE_BYTES = 32;
    public static final int X25519_BYTES = 32;
    public static final int ENCAPSULATION_KEY_BYTES = 1184;
    public static final int CIPHERTEXT_BYTES = 1088;
    public static final int MAX_CERTIFICATES = 8;
    public static final int MAX_CERTIFICATE_BYTES = 8192;

    public Hello {
        ProtocolVersion.of(version);
        Objects.requireNonNull(role, "hello: role is missing");
        Objects.requireNonNull(migrationId, "hello: migrationId is missing");
        nonce = sized("nonce", nonce, NONCE_BYTES);
        x25519 = sized("x25519", x25519, X25519_BYTES);
        mlKem = sized("mlKem", mlKem, role == Role.SOURCE ? ENCAPSULATION_KEY_BYTES : CIPHERTEXT_BYTES);
        aikChain = chain("aikChain", aikChain);
        ownerChain = chain("ownerChain", ownerChain);
        pcrs = new PcrSelection(Objects.requireNonNull(pcrs, "hello: pcrs are missing")).indexes();
    }

    /** The versions of the protocol that the sender is known to speak. */
    public ProtocolVersions speaks() {
        return ProtocolVersions.of(version, nonce);
    }

    /** SHA-256 of the AIK certificate's DER. */
    public byte[] aikFingerprint() {
        return Transcript.sha256(aikChain.get(0));
    }

    /** SHA-256 of the DER of the platform certificate that the owner issued. */
    public byte[] ownerFingerprint() {
        return Transcript.sha256(ownerChain.get(0));
    }

    @Override
    public String toString() {
        return "Hello[" + role.label() + " of " + migrationId + "]";
    }

    private static byte[] sized(String field, byte[] value, int bytes) {
        if (value == null || value.length != bytes) {
            throw new IllegalArgumentException("hello: " + field + " must have " + bytes + " bytes, has "
                    + (value == null ? "none" : value.length));
        }
        return value;
    }

    private static List<byte[]> chain(String field, List<byte[]> certificates) {
        if (certificates == null || certificates.isEmpty() || certificates.size() > MAX_CERTIFICATES) {
            throw new IllegalArgumentException(
                    "hello: " + field + " must have 1 to " + MAX_CERTIFICATES + " certificates");
        }
        for (byte[] certificate : certificates) {
            if (certificate == null || certificate.length == 0 || certificate.length > MAX_CERTIFICATE_BYTES) {
                throw new IllegalArgumentException(
                        "hello: a certificate in " + field + " must have 1 to " + MAX_CERTIFICATE_BYTES + " bytes");
            }
        }
        return List.copyOf(certificates);
    }
}
