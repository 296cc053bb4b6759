package dev.caravan.routes;

import dev.caravan.control.ControlType;
import dev.caravan.handover.Reaction;

/** The names of the routes that other routes send to, within one program. */
public final class Direct {
    // keys and messages
    public static final String SIGN = "direct:sign";
    public static final String SIGN_REQUEST = "direct:sign-request";
    public static final String VERIFY_REQUEST = "direct:verify-request";
    public static final String VERIFY_EVENT = "direct:verify-event";
    public static final String QUOTE = "direct:quote";
    public static final String QUOTE_NOW = "direct:quote-now";
    public static final String PUBLISH = "direct:publish";
    public static final String SEND_CONTROL = "direct:send-control";
    public static final String SEND_BATCH = "direct:send-batch";
    // requests and offers
    public static final String REQUEST = "direct:request";
    public static final String FORWARDED_REQUEST = "direct:forwarded-request";
    // enrolment
    public static final String ENROL = "direct:enrol";
    public static final String FETCH_REVOCATIONS = "direct:fetch-revocations";
    public static final String ASK_AUTHORITY = "direct:ask-authority";
    public static final String ENROLMENT = "direct:enrolment";
    public static final String ANSWER_ENROLMENT = "direct:answer-enrolment";
    // what an operator sends
    public static final String SEND_REQUEST = "direct:send-request";
    public static final String SEND_ADMISSION = "direct:send-admission";
    public static final String SEND_QUERY = "direct:send-query";
    public static final String OFFERED = "direct:offered";
    public static final String HEARD = "direct:heard";
    // beside each other
    public static final String CHECKPOINT = "direct:checkpoint";
    public static final String STREAM_IMAGES = "direct:stream-images";

    private static final String SCHEME = "direct:";

    private Direct() {
    }

    /** Carries out a reaction of the protocol. */
    public static String of(Reaction reaction) {
        return SCHEME + reaction.name();
    }

    /** Sends the exchange's body to the other side of its migration as a message of that type; fails if that fails. */
    public static String reply(ControlType type) {
        return SCHEME + "reply-" + type.label();
    }

    /**
     * The same as soon as the broker can take it: nobody waits for that, and nothing fails. For messages that are repeated
     * until they are heard.
     */
    public static String tell(ControlType type) {
        return SCHEME + "tell-" + type.label();
    }
}
