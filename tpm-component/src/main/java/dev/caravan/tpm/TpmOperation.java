package dev.caravan.tpm;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a {@code tpm:} endpoint does. */
public enum TpmOperation {
    /** Reads the certificate of the endorsement key. */
    READ_EK_CERTIFICATE,
    /** Makes an attestation key. */
    CREATE_AIK,
    /** Makes a key that signs messages. */
    CREATE_SIGNING_KEY,
    /** Signs a message. */
    SIGN,
    /** Certifies with an attestation key that another key is in the same TPM. */
    CERTIFY,
    /** Verifies such a certification; needs no TPM itself. */
    VERIFY_CERTIFICATION,
    /** Wraps a secret for a TPM; needs none itself. */
    MAKE_CREDENTIAL,
    /** Opens such a secret. */
    ACTIVATE_CREDENTIAL,
    /** Reads PCRs. */
    READ_PCRS,
    /** Extends a PCR. */
    EXTEND_PCR,
    /** Quotes PCRs. */
    QUOTE,
    /** Verifies a quote; needs no TPM itself. */
    VERIFY_QUOTE;

    /** The name in a URI, for example {@code read-pcrs}. */
    public String uriName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The operation of that name in a URI. */
    static TpmOperation ofUri(String name) {
        return Arrays.stream(values()).filter(operation -> operation.uriName().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "tpm: has no operation \"" + name + "\"; it has " + Arrays.stream(values())
                                .map(TpmOperation::uriName).collect(Collectors.joining(", "))));
    }

    /** Whether the operation is done by a TPM; the others are plain computations. */
    boolean needsTpm() {
        return this != MAKE_CREDENTIAL && this != VERIFY_QUOTE && this != VERIFY_CERTIFICATION;
    }
}
