package dev.caravan.routes;

import dev.caravan.wire.PlatformName;

/** The addresses on the broker. */
public final class Addresses {
    /** Migration requests, signed by operators. */
    public static final String REQUESTS = "caravan.requests";
    /** Queries of operators to all agents (topic, not durable). */
    public static final String QUERIES = "caravan.queries";
    /** CloudEvents (topic, not durable). */
    public static final String EVENTS = "caravan.events";
    /** Enrolment. */
    public static final String AUTHORITY = "caravan.authority.requests";

    /** How the address of every agent's batches ends. */
    static final String BATCHES = ".batches";

    private static final String REPLIES = ".replies";
    private static final String AGENT = "caravan.agent.";

    private Addresses() {
    }

    /** Stage messages for the agent of {@code platform}. */
    public static String control(String platform) {
        return AGENT + platform + ".control";
    }

    /** Encrypted batches for the agent of {@code platform}. */
    public static String batches(String platform) {
        return AGENT + platform + BATCHES;
    }

    /** What the authorities answer to the agent of {@code platform}. */
    public static String replies(String platform) {
        return AGENT + platform + REPLIES;
    }

    /** Whether an agent hears there what the authorities answer. */
    public static boolean isReplies(String address) {
        return address.length() > AGENT.length() + REPLIES.length() && address.startsWith(AGENT)
                && address.endsWith(REPLIES)
                && PlatformName.is(address.substring(AGENT.length(), address.length() - REPLIES.length()));
    }

    /** Where messages of {@code address} go that can never be handled. */
    public static String deadLetters(String address) {
        return "DLQ." + address;
    }
}
