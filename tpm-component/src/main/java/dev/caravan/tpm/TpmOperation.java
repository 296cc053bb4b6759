package dev.caravan.tpm;

import java.util.Locale;

/** What a {@code tpm:} endpoint does. */
public enum TpmOperation {
    READ_EK_CERTIFICATE, CREATE_AIK, CREATE_SIGNING_KEY, SIGN, MAKE_CREDENTIAL, ACTIVATE_CREDENTIAL, READ_PCRS, EXTEND_PCR, QUOTE, VERIFY_QUOTE;

    /** The operation of that name in a URI, for example {@code read-pcrs}. */
    static TpmOperation ofUri(String name) {
        try {
            return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            StringBuilder names = new StringBuilder();
            for (TpmOperation operation : values()) {
                names.append(names.isEmpty() ? "" : ", ")
                        .append(operation.name().toLowerCase(Locale.ROOT).replace('_', '-'));
            }
            throw new IllegalArgumentException("tpm: has no operation \"" + name + "\"; it has " + names, e);
        }
    }

    /** Whether the operation is done by a TPM; the others are plain computations. */
    boolean needsTpm() {
        return this != MAKE_CREDENTIAL && this != VERIFY_QUOTE;
    }
}
