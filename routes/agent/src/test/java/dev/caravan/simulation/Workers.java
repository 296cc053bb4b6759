package dev.caravan.simulation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool.ManagedBlocker;
import java.util.concurrent.locks.LockSupport;

/**
 * Does one thing after the other on threads that may wait for one another: what is started has the machine for itself until
 * it has ended, or waits for something that only another thing can bring. So threads do not make a history depend on
 * anything but its seed.
 */
final class Workers implements AutoCloseable {
    private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();
    private static final long STUCK_NANOS = Duration.ofSeconds(60).toNanos();

    private final ThreadGroup group = new ThreadGroup("simulated");
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(group, task, "simulated");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Work> running = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ThreadLocal<Work> current = new ThreadLocal<>();
    private volatile Thread waiting;

    /** A thread of an agent that was killed: it does nothing more. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("the agent was killed", null, false, false);
        }
    }

    private static final class Work {
        private final SimulatedAgent owner;
        private volatile Thread thread;
        private volatile boolean hangs;
        private volatile Throwable failure;

        private Work(SimulatedAgent owner) {
            this.owner = owner;
        }
    }

    /** Does something to its end, or until it waits for something else; what it throws is thrown on. */
    void run(SimulatedAgent owner, Runnable task) {
        Work work = start(owner, task);
        settle();
        if (work.failure != null && !(work.failure instanceof Killed)) {
            throw new IllegalStateException(work.failure);
        }
    }

    /** Begins something that what runs now waits for. */
    Work start(SimulatedAgent owner, Runnable task) {
        Work work = new Work(owner);
        running.add(work);
        threads.execute(() -> {
            work.thread = Thread.currentThread();
            current.set(work);
            try {
                task.run();
            } catch (Throwable e) {
                work.failure = e;
            } finally {
                current.remove();
                running.remove(work);
                Thread.interrupted();
                LockSupport.unpark(waiting);
            }
        });
        return work;
    }

    /** The thread of an agent that was killed stays where it is, as if there were no such thread any more. */
    void hang() {
        Work work = current.get();
        if (work == null || over.getCount() == 0) {
            throw new Killed();
        }
        work.hangs = true;
        LockSupport.unpark(waiting);
        boolean interrupted = true;
        while (interrupted) {
            try {
                over.await();
                interrupted = false;
            } catch (InterruptedException e) {
                continue;
            }
        }
        throw new Killed();
    }

    /** Returns when nothing goes on by itself. */
    void settle() {
        waiting = Thread.currentThread();
        long since = System.nanoTime();
        while (!running.stream().allMatch(Workers::waits) || strays()) {
            LockSupport.parkNanos(LOOK_NANOS);
            if (System.nanoTime() - since > STUCK_NANOS) {
                throw new AssertionError("this never ends: " + running.stream().filter(work -> !waits(work))
                        .map(work -> work.thread + " at " + List.of(work.thread.getStackTrace())).toList());
            }
        }
    }

    private boolean strays() {
        Thread[] all = new Thread[64];
        int n = group.enumerate(all);
        for (int i = 0; i < n; i++) {
            if (all[i].getName().matches("(stream of|end|cancel) .*") && !(LockSupport.getBlocker(all[i]) != null)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a thread waits for what another step brings. One of an agent that was killed may wait for anything. */
    private static boolean waits(Work work) {
        Thread thread = work.thread;
        if (work.hangs || thread == null) {
            return work.hangs;
        }
        if (work.owner.isKilled()) {
            return thread.getState() != Thread.State.RUNNABLE;
        }
        return LockSupport.getBlocker(thread) instanceof ManagedBlocker managed && !managed.isReleasable();
    }

    /** Lets go of what agents that were killed have left; nothing of theirs does anything any more. */
    @Override
    public void close() {
        over.countDown();
        running.forEach(work -> {
            if (work.thread != null) {
                work.thread.interrupt();
            }
        });
        threads.shutdown();
        try {
            threads.awaitTermination(10, java.util.concurrent.TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
