package dev.caravan.lab;

import java.util.List;

/**
 * What of a lab there is.
 *
 * @param state      whether it is whole
 * @param processes  its processes
 * @param containers the containers on its hosts
 */
public record LabStatus(State state, List<Service> processes, List<LabContainer> containers) {

    /** How much of a lab there is. */
    public enum State {
        /** Everything runs. */
        UP,
        /** It was brought up, but something has died since. */
        DEGRADED,
        /** There are left-overs of one that never came up or was not taken down whole. */
        PARTIAL,
        /** There is nothing. */
        DOWN
    }

    /**
     * A process of the lab.
     *
     * @param name  what it is called, for {@code lab logs}
     * @param pid   its number, 0 if it does not run
     * @param ready whether it is ready to work
     */
    public record Service(String name, long pid, boolean ready) {
    }
}
