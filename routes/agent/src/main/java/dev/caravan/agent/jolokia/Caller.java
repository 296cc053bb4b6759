package dev.caravan.agent.jolokia;

import java.util.Optional;

/** Who asks, while a request is served by Jolokia: it calls the MBean in the thread of the request. */
public final class Caller {
    private static final ThreadLocal<String> CURRENT = new ThreadLocal<>();

    private Caller() {
    }

    /** The user and by which way, for example {@code anna (console)}; empty outside a request. */
    public static Optional<String> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    static void enter(String caller) {
        CURRENT.set(caller);
    }

    static void leave() {
        CURRENT.remove();
    }
}
