package dev.caravan.host;

import dev.caravan.criu.ContainerState.Status;
import java.util.Set;
import java.util.UUID;

/**
 * What migrations have left on a container of this host.
 *
 * @param container    its name
 * @param status       what it does
 * @param fenced       whether its network lets nothing pass, by the fence that migrations raise
 * @param disconnected whether its link's end on this host is down, as a source takes it down after the commit; false if it
 *                     has no link, or is neither frozen nor fenced
 * @param migrations   those in whose workspace a checkpoint or a restore of it was begun and not cleaned up after
 */
public record ContainerTrace(String container, Status status, boolean fenced, boolean disconnected,
        Set<UUID> migrations) {

    public ContainerTrace {
        migrations = Set.copyOf(migrations);
    }

    /** Whether a migration keeps it from going on. Somebody else's frozen container has no mark of a migration. */
    boolean isKept() {
        return fenced || status == Status.PAUSED && !migrations.isEmpty();
    }

    boolean lives() {
        return status == Status.RUNNING || status == Status.PAUSED;
    }

    /** What is seen of it, in words. */
    String seen() {
        String frozen = status == Status.PAUSED ? "frozen" : "";
        String cutOff = disconnected ? "cut off with its link down" : fenced ? "cut off from the network" : "";
        return frozen.isEmpty() || cutOff.isEmpty() ? frozen + cutOff : frozen + " and " + cutOff;
    }
}
