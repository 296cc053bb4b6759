package dev.caravan.simulation;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.spi.ThreadPoolFactory;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;
import org.apache.camel.util.concurrent.CamelThreadFactory;

/** Executors that an agent is given: what it puts into them is done when the simulation says so. */
final class SimulatedThreads extends DefaultThreadPoolFactory implements ThreadPoolFactory {
    private final SimulatedAgent agent;

    SimulatedThreads(SimulatedAgent agent) {
        this.agent = agent;
    }

    @Override
    public ExecutorService newCachedThreadPool(ThreadFactory factory) {
        return pool(factory);
    }

    @Override
    public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory factory) {
        return pool(factory);
    }

    @Override
    public ScheduledExecutorService newScheduledThreadPool(ThreadPoolProfile profile, ThreadFactory factory) {
        return new Timer(tick -> agent.timer(factory.toString(), exchange -> tick.run()), agent::forget);
    }

    /** Parts of one step run at once, whoever began it waits for them; all else waits for its turn. */
    private ExecutorService pool(ThreadFactory factory) {
        boolean parts = factory instanceof CamelThreadFactory named && named.getName().contains("transferring");
        return new Pool(parts ? agent::begin : agent::queue);
    }

    /** An executor that hands on. */
    static class Pool extends AbstractExecutorService {
        private final Executor to;
        private volatile boolean closed;

        Pool(Executor to) {
            this.to = to;
        }

        @Override
        public void execute(Runnable task) {
            if (closed) {
                throw new RejectedExecutionException("it is shut down");
            }
            to.execute(task);
        }

        @Override
        public void shutdown() {
            closed = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            closed = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return closed;
        }

        @Override
        public boolean isTerminated() {
            return closed;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return closed;
        }
    }

    /** Does what it is given at once, but one after the other. */
    static final class Serial implements Executor {
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean busy;

        @Override
        public void execute(Runnable task) {
            synchronized (this) {
                tasks.add(task);
                if (busy) {
                    return;
                }
                busy = true;
            }
            for (Runnable next = next(); next != null; next = next()) {
                next.run();
            }
        }

        private synchronized Runnable next() {
            Runnable next = tasks.poll();
            busy = next != null;
            return next;
        }
    }

    /** What is to be done again and again is done when the simulation lets time pass. */
    static final class Timer extends Pool implements ScheduledExecutorService {
        private final Consumer<Runnable> add;
        private final Consumer<Runnable> remove;
        private Runnable task;

        Timer(Consumer<Runnable> add, Consumer<Runnable> remove) {
            super(work -> {
                throw new UnsupportedOperationException();
            });
            this.add = add;
            this.remove = remove;
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable tick, long delay, long period, TimeUnit unit) {
            task = tick;
            add.accept(tick);
            return null;
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable tick, long delay, long period, TimeUnit unit) {
            return scheduleAtFixedRate(tick, delay, period, unit);
        }

        @Override
        public void shutdown() {
            super.shutdown();
            if (task != null) {
                remove.accept(task);
            }
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable once, long delay, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> once, long delay, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }
    }
}
