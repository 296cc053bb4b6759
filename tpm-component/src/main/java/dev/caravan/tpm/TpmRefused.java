package dev.caravan.tpm;

import java.util.Map;
import tss.TpmHelpers;

/** The TPM answers, but refuses a command. */
public final class TpmRefused extends TpmFailed {
    /** An index or handle with nothing behind it. */
    static final int RC_HANDLE = 0x08b;

    private static final long serialVersionUID = 1L;
    private static final int FORMAT_ONE = 0x080;
    private static final int FORMAT_ONE_ERROR = 0x0bf;

    private static final Map<Integer, String> REASONS = Map.of(
            0x085, "a hierarchy that it needs is disabled",
            RC_HANDLE, "it has nothing there",
            0x08e, "it has a password where Caravan expects none",
            0x09f, "the key or credential is another TPM's or another key's, or was altered",
            0x0a2, "it has a password where Caravan expects none",
            0x100, "it was not started up: TPM2_Startup is missing",
            0x101, "it is in failure mode",
            0x902, "it has no room for another key: another program leaves keys loaded",
            0x903, "it has no room for another session: another program leaves sessions open",
            0x921, "it is locked out after wrong passwords");

    private final int responseCode;

    TpmRefused(int responseCode) {
        super(reason(responseCode));
        this.responseCode = responseCode;
    }

    TpmRefused(String message, TpmRefused cause) {
        super(message, cause);
        responseCode = cause.responseCode;
    }

    /** The response code as it came (TPM_RC; TPM 2.0 Part 2, 6.6). */
    public int responseCode() {
        return responseCode;
    }

    /** Whether it is this error, whatever parameter, handle or session it is about. */
    boolean is(int error) {
        return error(responseCode) == error;
    }

    private static int error(int code) {
        return (code & FORMAT_ONE) == 0 ? code : code & FORMAT_ONE_ERROR;
    }

    private static String reason(int code) {
        String reason = REASONS.get(error(code));
        String name = String.format("TPM_RC 0x%03x %s", code, TpmHelpers.fromRawResponse(code));
        return reason == null ? "it answers " + name : reason + " (" + name + ")";
    }
}
