package dev.caravan.routes;

import java.util.Map;

/** Headers of messages on the broker. Camel's own begin with "Camel" and never leave the JVM. */
public final class CaravanHeaders {
    /** Signature over the body (ECDSA over SHA-256, DER), Base64: an operator's, an agent's, or the authorities'. */
    public static final String SIGNATURE = "caravan_signature";
    /** The certificate of whoever signed, Base64 of DER: an operator's, the authorities', or a platform's. */
    public static final String CERTIFICATE = "caravan_certificate";
    /** On an agent's events: the certificate of the key that signed, by the agent key, Base64 of DER. */
    public static final String EVENT_KEY = "caravan_event_key";
    /** What a message on a control queue is: absent for a control message, {@link #REQUEST} for a forwarded request. */
    public static final String KIND = "caravan_kind";
    /** Value of {@link #KIND}: an operator's request that another agent took from the common queue. */
    public static final String REQUEST = "request";
    /** The migration that a batch belongs to. */
    public static final String MIGRATION = "caravan_migration";
    /** Identity of a message, Artemis' name: however often it is sent, the broker takes it once. */
    public static final String DELIVERY = "_AMQ_DUPL_ID";
    /** Artemis' name: of messages in a queue that have the same value here, the broker keeps the latest. */
    public static final String LATEST = "_AMQ_LVQ_NAME";
    /** Why a message is on a dead-letter queue. */
    public static final String REASON = "caravan_reason";
    /** At which stage it went there. */
    public static final String STAGE = "caravan_stage";
    /** The exception that sent it there. */
    public static final String EXCEPTION = "caravan_exception";

    /** The headers that are taken from a message, each with the most characters that it may have. */
    static final Map<String, Integer> TAKEN = Map.of(SIGNATURE, 256, CERTIFICATE, 12 * 1024, EVENT_KEY, 12 * 1024, KIND,
            16, MIGRATION, 36);

    private CaravanHeaders() {
    }
}
