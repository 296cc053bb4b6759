package dev.caravan.stream;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * The threads and the clock of one {@link BatchChannel}, which ends them when it is closed.
 *
 * @param delivery  opens batches and calls the handler, one after the other in their order
 * @param transport hands sealed batches over; may hang in that, which neither of the others waits for
 * @param timer     resends and acknowledges what is due; never waits for {@code delivery}
 * @param nanoTime  a monotonic clock, in nanoseconds
 */
public record BatchThreads(ExecutorService delivery, ExecutorService transport, ScheduledExecutorService timer,
        LongSupplier nanoTime) {

    /** Three daemon threads of that name, and this machine's clock. */
    public static BatchThreads named(String name) {
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
        return new BatchThreads(Executors.newSingleThreadExecutor(daemons), Executors.newSingleThreadExecutor(daemons),
                Executors.newSingleThreadScheduledExecutor(daemons), System::nanoTime);
    }
}
