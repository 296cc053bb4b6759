package dev.caravan.control;

import dev.caravan.event.MigrationReport.Side;
import dev.caravan.session.Hello;

/** Bodies of control messages that have one. Byte strings are Base64 in JSON. */
public final class ControlBodies {
    private ControlBodies() {
    }

    /**
     * Of {@link ControlType#ATTEST_OFFER}.
     *
     * @param request     the operator's request as it was signed
     * @param signature   the operator's signature over it, Base64 of DER
     * @param certificate the operator's certificate, Base64 of DER
     */
    public record Offer(byte[] request, String signature, String certificate, Hello hello) {
    }

    /** Of {@link ControlType#ATTEST_ANSWER}: the destination's half and its evidence as JSON. */
    public record Answer(Hello hello, byte[] evidence) {
    }

    /** Of {@link ControlType#ATTEST_PROOF}: the source's evidence, and what it found of the destination. */
    public record Proof(byte[] evidence, byte[] confirmation, Side destination) {
    }

    /** Of {@link ControlType#ATTESTED}: what the destination found of the source. */
    public record Attested(byte[] confirmation, Side source) {
    }

    /** Of {@link ControlType#HELD}: the destination's second evidence, bound to all that it received. */
    public record Held(byte[] evidence, byte[] streamDigest) {
    }

    /**
     * Of {@link ControlType#ABORT} and {@link ControlType#LOST}.
     *
     * @param error   a short code for programs
     * @param refused whether a policy or certificate forbids the migration, rather than a fault
     * @param source  what the destination found of the source, if that is why; else null
     */
    public record Reason(String error, String reason, boolean refused, Side source) {
    }
}
