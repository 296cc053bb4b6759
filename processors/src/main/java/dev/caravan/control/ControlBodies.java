package dev.caravan.control;

import dev.caravan.event.MigrationReport.Side;
import dev.caravan.session.Hello;
import dev.caravan.wire.Excerpt;

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
        public Offer {
            need("request", request);
            need("signature", signature);
            need("certificate", certificate);
            need("hello", hello);
        }
    }

    /** Of {@link ControlType#ATTEST_ANSWER}: the destination's half and its evidence as JSON. */
    public record Answer(Hello hello, byte[] evidence) {
        public Answer {
            need("hello", hello);
            need("evidence", evidence);
        }
    }

    /** Of {@link ControlType#ATTEST_PROOF}: the source's evidence, and what it found of the destination. */
    public record Proof(byte[] evidence, byte[] confirmation, Side destination) {
        public Proof {
            need("evidence", evidence);
            need("confirmation", confirmation);
            need("destination", destination);
        }
    }

    /** Of {@link ControlType#ATTESTED}: what the destination found of the source. */
    public record Attested(byte[] confirmation, Side source) {
        public Attested {
            need("confirmation", confirmation);
            need("source", source);
        }
    }

    /** Of {@link ControlType#HELD}: the destination's second evidence, bound to all that it received. */
    public record Held(byte[] evidence, byte[] streamDigest) {
        public Held {
            need("evidence", evidence);
            need("streamDigest", streamDigest);
        }
    }

    /**
     * Of {@link ControlType#ABORT} and {@link ControlType#LOST}.
     *
     * @param error   a short code for programs, at most {@value #ERROR_CHARACTERS} characters
     * @param reason  a sentence, at most {@value dev.caravan.wire.Excerpt#REASON} characters
     * @param refused whether a policy or certificate forbids the migration, rather than a fault
     * @param source  what the destination found of the source, if that is why; else null
     */
    public record Reason(String error, String reason, boolean refused, Side source) {

        static final int ERROR_CHARACTERS = 64;

        public Reason {
            need("error", error);
            need("reason", reason);
            error = Excerpt.of(error, ERROR_CHARACTERS);
            reason = Excerpt.reason(reason);
        }
    }

    /** What the message's body is; null if its type has none. {@link ControlRejected} if it is not what its type has. */
    public static Object of(ControlMessage message) {
        Class<?> body = type(message.type());
        return body == null ? null : ControlCodec.body(message, body);
    }

    /** What a message of that type has as its body, from what a stage found: nothing if the type has none. */
    public static Object of(ControlType type, Object found) {
        Class<?> body = type(type);
        return body == null ? null : body.cast(found);
    }

    private static Class<?> type(ControlType type) {
        return switch (type) {
            case ATTEST_OFFER -> Offer.class;
            case ATTEST_ANSWER -> Answer.class;
            case ATTEST_PROOF -> Proof.class;
            case ATTESTED -> Attested.class;
            case HELD -> Held.class;
            case ABORT, LOST -> Reason.class;
            case PREPARED, SYNCED, COMMIT, RUNNING, RELEASED, QUERY -> null;
        };
    }

    private static void need(String field, Object value) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }
}
